// SPDX-License-Identifier: Apache-2.0
// What is between a datagram's header and its tag (docs/protocol.md).
#pragma once

#include "migralab/coordination/message.hpp"
#include "wire.hpp"

namespace migralab::coordination {

/// Bytes of header and tag, at most: both names at their longest.
inline constexpr std::size_t largest_frame = 32 + 2 * (1 + longest_name) + 32;
inline constexpr std::size_t largest_body = largest_datagram - largest_frame;

/// As it is in a datagram, with the round of an INFO.
[[nodiscard]] std::size_t encoded_size(const ReportPart& part);
[[nodiscard]] std::size_t encoded_size(const Order& order);
[[nodiscard]] std::size_t encoded_size(const GuestReport& guest);

[[nodiscard]] std::string problem_of(const GuestReport& guest);

void write(Writer& writer, const Body& body);

/// `type`: from 1, as in Body. The reader has failed when it is none, or the body is not well formed.
[[nodiscard]] Body read_body(Reader& reader, std::uint8_t type);

} // namespace migralab::coordination
