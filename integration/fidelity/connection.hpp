// One client's socket, and what has come in on it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "integration/fidelity/server_messages.hpp"

namespace poolproof::integration::fidelity {

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { hang_up(); }

  void open(const std::string& path);
  void hang_up();
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  void send(std::string_view bytes) const;

  // Reads until such a message has come, or the end; says in the transcript if neither does.
  using Wanted = std::function<bool(const ServerMessage&)>;
  void wait(const Wanted& wanted, std::string_view description);
  void wait_for_end() {
    wait([](const ServerMessage&) { return false; }, "the end");
  }
  // The answer to SSLRequest or GSSENCRequest.
  void wait_for_letter();

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const ServerMessage& last() const { return last_; }

  std::vector<std::string> lines;
  std::int32_t process = 0;
  std::int32_t key = 0;
  std::string user;
  bool copies_in = false;  // since a simple query's COPY

 private:
  // False if nothing comes for a long time.
  bool read_more();
  void note(const ServerMessage& message);
  void note_end();

  int descriptor_ = -1;
  bool ended_ = false;
  std::string bytes_;
  ServerMessage last_{};
};

}  // namespace poolproof::integration::fidelity
