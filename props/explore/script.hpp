// What a run was, by who did what: caller 2's third step of its first loan came before caller 1's
// second, and there this fault struck. A tape says the same by position, so that whatever is left
// out moves all that comes after. A script can be cut and put in another order, and then played as
// far as it still fits: that is how a run is made smaller.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "props/explore/tape.hpp"
#include "props/world/random.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::explore {

// Who acts, and in which part of what he does.
struct Place {
  std::uint16_t actor = 0;
  std::uint16_t part = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

inline constexpr std::uint16_t kRoot = 0;
inline constexpr std::uint16_t kFirstCaller = 1;
inline constexpr std::uint16_t kFirstOther = 0x4000;  // threads of the accused, and such
inline constexpr std::uint16_t kClock = 0x7fff;       // time passes although somebody could go on

// Knows the run that is going on.
class Whereabouts {
 public:
  Whereabouts() = default;
  Whereabouts(const Whereabouts&) = delete;
  Whereabouts& operator=(const Whereabouts&) = delete;
  virtual ~Whereabouts() = default;

  [[nodiscard]] virtual Place place_of(world::TaskId task) const = 0;
  // The steps so far.
  [[nodiscard]] virtual const std::vector<world::Step>& steps() const = 0;
};

// One step, or the clock.
struct Line {
  Place place;
  world::OperationKind kind{};

  friend bool operator==(const Line&, const Line&) = default;
};

// A choice that was not the plainest: the `nth` of its kind, from 0, that was made there.
struct Whim {
  Place place;
  world::Stream stream{};
  std::uint8_t rarity = 0;  // kNotRare: no yes or no
  std::uint8_t value = 0;
  std::uint32_t nth = 0;

  friend bool operator==(const Whim&, const Whim&) = default;
};
inline constexpr std::uint8_t kNotRare = 255;

struct Script {
  std::vector<Line> lines;  // in the order in which they happened
  std::vector<Whim> whims;

  friend bool operator==(const Script&, const Script&) = default;
};

// Writes down what another Chooser decides, as a tape and as a script.
class Scribe final : public world::Chooser {
 public:
  Scribe(world::Chooser& decides, const Whereabouts& where) : decides_(decides), where_(where) {}

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

  [[nodiscard]] const Tape& tape() const { return tape_; }

  // A decision between tasks or, with kClock, of the clock.
  struct Turn {
    std::size_t order;  // of all decisions
    std::size_t step;   // how many had been made by then
    world::Candidate plainest, chosen;
    bool could_go_on;  // the one who had gone before; he is the plainest
    std::uint8_t choice;
    std::uint8_t tasks;  // how many there were to choose from; the clock is none

    [[nodiscard]] bool is_clock() const;
    [[nodiscard]] bool is_preemption() const { return could_go_on && choice != 0 && !is_clock(); }
  };
  [[nodiscard]] const std::vector<Turn>& turns() const { return turns_; }

  // Any other decision.
  struct Asked {
    std::size_t order;
    std::size_t step;
    Place place;
    world::Stream stream;
    std::uint8_t rarity, value, most;
  };
  [[nodiscard]] const std::vector<Asked>& asked() const { return asked_; }

  // Of the first `steps` of the run, which is over. `places`: where each of its steps was made.
  [[nodiscard]] Script script(std::size_t steps, std::span<const Place> places) const;

 private:
  void write(world::Stream stream, std::uint8_t rarity, std::uint32_t value, std::uint32_t count);

  world::Chooser& decides_;
  const Whereabouts& where_;
  Tape tape_;
  std::size_t made_ = 0;
  std::vector<Turn> turns_;
  std::vector<Asked> asked_;
};

// Plays a script: whoever comes first in it goes first. What it does not know of takes the turn of
// what follows it there, and is plain. The program and the workload are those of a tape.
class Actors final : public world::Chooser {
 public:
  // `astray`: not 0 for a run that is only near to it, another one for each number.
  Actors(const Script& script, const Tape& tape, const Whereabouts& where, std::uint64_t astray);

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

 private:
  struct Cue {
    std::uint32_t line;
    std::uint16_t part;
    world::OperationKind kind;
  };
  struct Role {
    std::uint16_t actor;
    std::vector<Cue> cues;
    std::size_t at = 0;
  };

  Role* role_of(std::uint16_t actor);
  std::size_t find(const Role& role, std::uint16_t part, world::OperationKind kind) const;
  void catch_up();
  std::uint32_t turn_of(const world::Candidate& candidate);
  std::uint32_t whim(world::Stream stream, std::uint8_t rarity, std::uint32_t count);

  const Tape& tape_;
  const Whereabouts& where_;
  std::vector<Role> roles_;
  std::vector<Whim> whims_;
  std::vector<std::uint32_t> met_;  // how often each whim's place and kind has come
  std::array<std::size_t, world::kStreams> at_{};
  std::size_t seen_ = 0;  // steps
  world::Random random_;
  bool astray_;
};

}  // namespace poolproof::explore
