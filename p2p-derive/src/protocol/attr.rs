//! The attributes of a protocol: one namespace for each level.

use crate::attr::{
    CratePath, Excess, Flag, Limit, Name, Number, Rate, Text, Time, Trailing, Variant, Versions,
    namespace,
};

namespace! {
    /// `#[protocol(..)]` on the enum.
    "protocol" => ProtocolAttrs {
        /// The name of the capability.
        "name" => name: Text, "name = \"..\"";
        /// The version that Hello announces.
        "version" => version: Number, "version = 1";
        /// The versions, where there are several.
        "versions" => versions: Versions, "versions = 1..=2";
        /// How many message codes are set aside.
        "length" => length: Number, "length = 16";
        /// What the handler trait is called.
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
        /// How long the reply is waited for.
        "timeout" => timeout: Time, "timeout = \"10s\"";
        /// The one field's encoding is the payload.
        "transparent" => transparent: Flag, "transparent";
        /// What becomes of items after the last field.
        "trailing" => trailing: Trailing, "trailing = \"ignore\"";
        /// The most bytes of the payload.
        "max_size" => max_size: Limit, "max_size = 65536";
        /// How often a peer may send it.
        "rate" => rate: Rate, "rate = \"10/s\"";
        /// How many may come at once.
        "burst" => burst: Number, "burst = 20";
        /// What becomes of more.
        "excess" => excess: Excess, "excess = \"drop\"";
    }
}
