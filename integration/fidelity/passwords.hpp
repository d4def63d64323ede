// A client's answers to requests for a password, by OpenSSL: another hand than the simulated
// server's, so that both cannot be wrong alike.
#pragma once

#include <string>
#include <string_view>

namespace poolproof::integration::fidelity {

// What PostgreSQL's md5 method wants to hear.
std::string md5_password(std::string_view user, std::string_view password, std::string_view salt);

inline constexpr std::string_view kClientNonce = "rOprNGfwEbeRWgbNEkqO";

// SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677).
std::string scram_client_first();
// The answer to the server's first message.
std::string scram_client_final(std::string_view password, std::string_view server_first);

}  // namespace poolproof::integration::fidelity
