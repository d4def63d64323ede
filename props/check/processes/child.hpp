// A forked process: it does one thing, says what came of it in messages, and ends. What it writes
// to its standard streams is kept from the terminal.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace poolproof::check {

// Where a child puts its messages.
class Outbox {
 public:
  explicit Outbox(int fd) : fd_(fd) {}
  void send(const nlohmann::json& message) const;

 private:
  int fd_;
};

// Of what a child has written to its standard error, which is a file: the line that tells most, a
// sanitizer's verdict or the last. Empty if there is none.
std::string telling_line(int file);

class Child {
 public:
  // The child ends when `work` returns. It does not hear the terminal's Ctrl-C, and dies with its
  // parent.
  explicit Child(const std::function<void(const Outbox&)>& work);
  // Kills it if it still runs.
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Readable when there is a message, or the child has ended.
  [[nodiscard]] int fd() const { return fd_; }
  // Those that have come since the last call. Does not wait.
  std::vector<nlohmann::json> messages();
  // How it ended, as of waitpid; nothing while it runs. No message comes after that.
  std::optional<int> ended();
  void kill();
  // Its processor time so far, or in all.
  [[nodiscard]] std::chrono::nanoseconds thinking() const;
  // See telling_line.
  [[nodiscard]] std::string last_words() const { return telling_line(words_); }

 private:
  void read_on();

  pid_t pid_ = -1;
  int fd_ = -1;
  int words_ = -1;
  std::string received_;
  std::optional<int> status_;
  std::chrono::nanoseconds thought_{};  // when it ended
};

// Waits until one of them has something to say, or that long; false if none has.
bool wait_for(const std::vector<const Child*>& children, std::chrono::milliseconds most);

}  // namespace poolproof::check
