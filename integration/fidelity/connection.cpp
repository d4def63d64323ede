#include "integration/fidelity/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace poolproof::integration::fidelity {
namespace {

// Much longer than any server needs for an answer that it means to give.
constexpr int kPatienceMs = 3000;

}  // namespace

void Connection::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  descriptor_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    lines.emplace_back(std::string("connect: ") + std::strerror(errno));
    ended_ = true;
  }
}

void Connection::hang_up() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

// A server that has ended the session does not hear it; the transcript says so by its end.
void Connection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Connection::read_more() {
  pollfd readable{descriptor_, POLLIN, 0};
  if (poll(&readable, 1, kPatienceMs) <= 0) return false;
  std::array<char, 8192> piece{};
  const ssize_t got = recv(descriptor_, piece.data(), piece.size(), 0);
  if (got > 0) {
    bytes_.append(piece.data(), static_cast<std::size_t>(got));
  } else {
    note_end();  // a reset is as good as an end of file: it depends on what was left unread
  }
  return true;
}

void Connection::wait(const Wanted& wanted, std::string_view description) {
  for (;;) {
    while (auto message = next_message(bytes_)) {
      note(*message);
      last_ = std::move(*message);
      if (wanted(last_)) return;
    }
    if (ended_) return;
    if (!read_more())
      return lines.push_back("(waited in vain for " + std::string(description) + ")");
  }
}

void Connection::wait_for_letter() {
  while (!ended_ && bytes_.empty()) {
    if (!read_more()) return lines.push_back("(waited in vain for a letter)");
  }
  if (bytes_.empty()) return;
  if (bytes_.front() == 'E') {
    return wait([](const ServerMessage&) { return true; }, "an error");
  }
  lines.push_back("letter " + bytes_.substr(0, 1));
  bytes_.erase(0, 1);
}

void Connection::note(const ServerMessage& message) {
  if (message.type == 'K') {
    process = message.number();
    key = message.number(4);
  }
  lines.push_back(line_of(message));
}

void Connection::note_end() {
  ended_ = true;
  lines.emplace_back("(end)");
}

}  // namespace poolproof::integration::fidelity
