//! The attributes of the enum and of its variants.

use crate::attr::limits::{Limit, OverRate, Rate};
use crate::attr::namespace;
use crate::attr::value::{CratePath, Flag, Name, Number, Text, Time, Trailing, Variant, Versions};

namespace! {
    /// `#[protocol(..)]` on the enum.
    "protocol" => ProtocolAttrs {
        /// The name of the capability.
        "name" => name: Text, "name = \"..\"";
        /// The version that Hello announces.
        "version" => version: Number, "version = 1";
        /// The versions, if there are several.
        "versions" => versions: Versions, "versions = 1..=2";
        /// The number of message codes to set aside.
        "length" => length: Number, "length = 16";
        /// The most bytes of the payload of a message that says nothing else.
        "max_size" => max_size: Limit, "max_size = 65536";
        /// The name of the handler trait.
        "handler" => handler: Name, "handler = \"..\"";
        /// The path of the runtime crate.
        "crate" => krate: CratePath, "crate = \"..\"";
    }
}

namespace! {
    /// `#[message(..)]` on a variant.
    "message" => MessageAttrs {
        /// The message's code.
        "code" => code: Number, "code = 0x10";
        /// The first version that has the message.
        "since" => since: Number, "since = 2";
        /// The last version that has the message.
        "until" => until: Number, "until = 1";
        /// The variant that answers this one, which is a request.
        "reply" => reply: Variant, "reply = Blocks";
        /// The time to wait for the reply.
        "timeout" => timeout: Time, "timeout = \"10s\"";
        /// The encoding of the one field is the payload.
        "transparent" => transparent: Flag, "transparent";
        /// The treatment of items after the last field.
        "trailing" => trailing: Trailing, "trailing = \"ignore\"";
        /// The most bytes of the payload.
        "max_size" => max_size: Limit, "max_size = 65536";
        /// The rate at which a peer may send it.
        "rate" => rate: Rate, "rate = \"10/s\"";
        /// The number that may come at once.
        "burst" => burst: Number, "burst = 20";
        /// The treatment of messages beyond the rate.
        "excess" => excess: OverRate, "excess = \"drop\"";
    }
}
