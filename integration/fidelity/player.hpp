// Plays a conversation to a server with plain sockets and writes down what it answers. The same
// code speaks to a live server and, from inside a task of the machine, to the simulated one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "integration/fidelity/conversation.hpp"

namespace poolproof::integration::fidelity {

struct Endpoint {
  std::string socket;  // the path of a Unix socket
  // What the server's operator does: "smart", "fast", "immediate" shut it down, "crash a" kills the
  // process of session a.
  std::function<void(std::string_view)> order;
};

// A line for each message, session by session: "a: ReadyForQuery I". The start-up that a session
// did not ask for is left out unless it fails.
using Transcript = std::vector<std::string>;

// Throws std::runtime_error if the conversation makes no sense.
Transcript play(const Conversation& conversation, const Endpoint& endpoint);

// Both in one, line by line: "  " what both said, "- " only the first, "+ " only the second.
std::string differences(const Transcript& first, const Transcript& second);

}  // namespace poolproof::integration::fidelity
