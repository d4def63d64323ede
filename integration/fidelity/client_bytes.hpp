// The bytes of a client's messages. Source: PostgreSQL 15 manual, "Frontend/Backend Protocol:
// Message Formats". Shares no code with the simulated server: neither may be blind to the other's
// mistakes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "integration/fidelity/conversation.hpp"

namespace poolproof::integration::fidelity {

std::string number16(std::int32_t value);
std::string number32(std::int32_t value);

// A message with its type and length.
std::string typed(char type, std::string_view body);
// One that opens a connection: a length and no type.
std::string untyped(std::string_view body);

// The message of a step whose verb needs to know nothing of the session: start, ssl, gss, p, Q, P,
// B, D, C, E, S, H, X, d, c, f, raw. Empty for any other verb.
std::string bytes_of(const Step& step);

std::string cancel_request(std::int32_t process, std::int32_t key);

}  // namespace poolproof::integration::fidelity
