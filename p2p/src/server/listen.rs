//! Addresses to listen at.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::error::StartError;

/// Reads an address to listen at; without a host it is every IPv4 address.
pub(crate) fn parse_listen_addr(text: &str) -> Result<SocketAddr, StartError> {
    let full = if text.starts_with(':') {
        format!("0.0.0.0{text}")
    } else {
        text.to_owned()
    };
    full.parse()
        .map_err(|_| StartError::ListenAddr { text: text.into() })
}

/// Listens at an address as [`Config::listen_addr`] takes it, and returns the actual one.
pub(crate) async fn listen(text: &str) -> Result<(TcpListener, SocketAddr), StartError> {
    let address = parse_listen_addr(text)?;
    let listened = async {
        let listener = TcpListener::bind(address).await?;
        let actual = listener.local_addr()?;
        Ok((listener, actual))
    };
    listened
        .await
        .map_err(|error| StartError::Listen { address, error })
}
