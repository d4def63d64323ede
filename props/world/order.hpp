// What a run is up to the order of independent steps, in two figures.
//
//   - Its CLASS: two runs have the same if one is the other with neighbouring steps swapped that do
//     not depend on each other (Mazurkiewicz's traces). Each event is hashed with the events that
//     it directly depends on, which are hashes of their own past; the class is the sum over all
//     events, so that their order in the run does not enter. Objects enter only by who was there
//     before, never by address, because addresses differ between processes. Answers to what else
//     was left open (faults, whom a signal wakes) are part of the event in which they were given.
//   - Its MEETINGS: each ordered pair of conflicting operations that different tasks did to one
//     object, one right after the other, each operation with the context of its task.
//
// Events are the steps of tasks; a deadline that comes; what happens in no task. Time is an object
// that all of them may look at, and that changes as it passes: who does not look may change places
// with a timer. Not seen: what sessions do to each other inside the server (locks, tables), and a
// poll() of several descriptors, which is ordered only after what wakes it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "props/world/dependence.hpp"
#include "props/world/step_observer.hpp"

namespace poolproof::world {

// What a task is doing all along, as whoever watches sees it. 0 is where each task begins.
enum class Context : std::uint8_t {};
inline constexpr std::size_t kContexts = 16;

// An operation in its context. The kind `clock` is a deadline that comes for whoever waits there,
// or, in context kInNoTask, what happens by itself.
struct Deed {
  OperationKind kind;
  Context context;
  friend bool operator==(const Deed&, const Deed&) = default;
};
inline constexpr Context kInNoTask{kContexts - 1};

struct Meeting {
  Deed first;
  Deed second;
  friend bool operator==(const Meeting&, const Meeting&) = default;
};

// As a small number that says it all.
using MeetingCode = std::uint32_t;
MeetingCode code_of(const Meeting& meeting);
Meeting meeting_of(MeetingCode code);

// Kept for many runs.
class Order final : public StepObserver {
 public:
  // Before each run.
  void begin();
  // From its next step on.
  void enter(TaskId task, Context context);

  // Of the run so far.
  [[nodiscard]] std::uint64_t fingerprint() const;
  // Without duplicates, in the order in which they came; of very many the first 500.
  [[nodiscard]] std::span<const MeetingCode> meetings() const { return meetings_; }

  void stepped(TaskId task, const Operation& operation) override;
  void spawned(TaskId starter, TaskId task) override;
  void woken(TaskId task) override;
  void advanced(Time now) override;
  void expired(TaskId task, const Operation& waited) override;
  void looked_at_clock() override;
  void planned(EventId event, Time when) override;
  void called_off(EventId) override {}
  void happening(EventId event) override;
  void happened() override { actor_ = kNoActor; }
  void touched(const void* object) override;
  void looked_at(const void* object) override;
  void gave_back(const void* lock, bool shared) override;
  void released(const void* object) override;
  void retired(const void* object) override;
  void allocated(const void* block, std::size_t size) override;
  void chose(Stream stream, std::uint32_t among, std::uint32_t answer) override;

 private:
  // Who acts: a task by its number, or nobody's event.
  static constexpr std::uint32_t kEvent = ~std::uint32_t{0};
  static constexpr std::uint32_t kNoActor = kEvent - 1;

  struct Visit {
    std::uint32_t actor = kNoActor;
    Deed deed{};
  };
  struct Object {
    const void* address = nullptr;
    std::uint64_t run = 0;    // that it is of; an entry of another run is free
    std::uint64_t write = 0;  // the last one with its past
    std::uint64_t reads = 0;  // since then, added up
    Visit last_write{};
    Visit last{};
  };
  struct Actor {
    std::uint64_t past = 0;  // its last event with all that it depends on
    std::uint64_t time = 0;  // as it saw it last
    Context context{};
  };

  Actor& acting();
  Actor& of(TaskId task) { return tasks_[static_cast<std::size_t>(task)]; }
  Object& find(const void* address);
  void grow();
  void access(Object& object, Access access, Deed deed);
  void meet(const Visit& earlier, const Visit& later);

  std::vector<Actor> tasks_;
  Actor event_{};                      // the one that is happening
  std::uint32_t actor_ = kNoActor;     // who acts now
  Deed deed_{};                        // and what it does
  std::uint64_t sum_ = 0;              // of all events
  std::uint64_t time_ = 0;             // the passing of time so far, as an object
  std::vector<std::uint64_t> causes_;  // of events, by their number

  std::uint64_t run_ = 0;
  std::vector<Object> objects_ = std::vector<Object>(256);  // a table with open addressing
  std::size_t used_ = 0;                                    // entries of this run
  std::vector<const void*> known_;                          // the addresses of those
  std::vector<MeetingCode> meetings_;
  // Which have come: a table of the last run that each was in, found by its code.
  struct Seen {
    std::uint64_t run = 0;
    MeetingCode code = 0;
  };
  std::array<Seen, 1024> seen_{};
};

}  // namespace poolproof::world
