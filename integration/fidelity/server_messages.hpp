// A server's byte stream as lines to read and to compare: one message each. What differs from
// server to server by its nature is left out: keys, salts, nonces, the version's details, where in
// its source an error was raised. Compared of an error: severities, SQLSTATE, message text; not its
// detail, hint, position and context.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof::integration::fidelity {

struct ServerMessage {
  char type;
  std::string body;

  // The numbers that open a body.
  [[nodiscard]] std::int32_t number(std::size_t at = 0) const;
  // A request for a password or for more of one: authentication that is not done.
  [[nodiscard]] bool asks() const { return type == 'R' && number() != 0 && number() != 12; }
};

// Cuts off the first whole message, if there is one.
std::optional<ServerMessage> next_message(std::string& bytes);

std::string line_of(const ServerMessage& message);

// Neighbouring ParameterStatus lines in alphabetical order: a server may send them in any.
void sort_parameters(std::vector<std::string>& lines);

}  // namespace poolproof::integration::fidelity
