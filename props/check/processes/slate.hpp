// What a process that runs the accused leaves behind, whatever becomes of it: memory that it shares
// with its parent. How far it is, and the choices of the run it is in, so that a run that kills its
// process can be had again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "props/explore/tape.hpp"

namespace poolproof::check {

enum class Stage : std::uint8_t {
  between,     // runs none: what goes wrong now is our own fault
  warming_up,  // runs a few schedules that are forgotten
  running,
  telling,  // the accused has done something deadly, and that is being told
};

// What a run came to, for a process that can say no more than that.
enum class Answer : std::uint8_t { none, breaks, keeps };

class Slate {
 public:
  Slate() = default;
  Slate(const Slate&) = delete;
  Slate& operator=(const Slate&) = delete;

  // ---- the process that runs the accused ----

  // Before each run.
  void begin(Stage stage, std::uint64_t schedule = 0);
  // After the warm-up.
  void ready() { ready_.store(true, std::memory_order_relaxed); }
  void take(std::uint64_t batch) { taken_ = batch + 1; }
  void take_none() { taken_ = 0; }
  // After the last for now.
  void rest() { stage_.store(Stage::between, std::memory_order_relaxed); }
  void write(world::Stream stream, std::uint8_t number);
  void write(const explore::Tape& choices);
  void answer(Answer answer) { answer_.store(answer, std::memory_order_relaxed); }
  // May be called from a signal handler. Cuts what is too long.
  void tell(std::string_view last_words);
  void begin_telling() { stage_.store(Stage::telling, std::memory_order_relaxed); }
  void killed_from_outside() { killed_from_outside_.store(true, std::memory_order_relaxed); }

  // ---- either ----

  // Grows with each run.
  [[nodiscard]] std::uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }
  [[nodiscard]] Stage stage() const { return stage_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool is_ready() const { return ready_.load(std::memory_order_relaxed); }
  // That is not done.
  [[nodiscard]] std::optional<std::uint64_t> batch() const {
    return taken_ == 0 ? std::nullopt : std::optional(taken_ - 1);
  }
  [[nodiscard]] std::uint64_t schedule() const { return schedule_; }
  [[nodiscard]] Answer answer() const { return answer_.load(std::memory_order_relaxed); }
  [[nodiscard]] explore::Tape tape() const;
  [[nodiscard]] std::string_view last_words() const { return last_words_.data(); }
  // Whether a deadly signal came from another process.
  [[nodiscard]] bool was_killed_from_outside() const {
    return killed_from_outside_.load(std::memory_order_relaxed);
  }

  // For another process to begin with.
  void clear();

 private:
  // As many as a token may hold. Only what is written to takes memory.
  static constexpr std::size_t kMostChoices = 1'000'000;
  struct Choices {
    std::uint32_t size;
    std::array<std::uint8_t, kMostChoices> numbers;
  };

  std::atomic<std::uint64_t> beats_;
  std::atomic<Stage> stage_;
  std::atomic<bool> ready_;
  std::atomic<Answer> answer_;
  std::atomic<bool> killed_from_outside_;
  std::uint64_t taken_;  // the batch, from 1; 0: none
  std::uint64_t schedule_;
  std::array<char, 512> last_words_;
  std::array<Choices, world::kStreams> choices_;
};

// Writes down what another Chooser decides.
class SlateRecorder final : public world::Chooser {
 public:
  SlateRecorder(world::Chooser& decides, Slate& slate) : decides_(decides), slate_(slate) {}

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

 private:
  world::Chooser& decides_;
  Slate& slate_;
};

}  // namespace poolproof::check
