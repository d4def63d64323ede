// One run as a partial order: its events, what each did, and which had to come before which.
//
// An event is a step of a task up to its next scheduling point; or a deadline that comes; or what
// happens in no task. Each belongs to a process, which does its events one after the other. Two
// events of different processes are ordered if one caused the other (woke its task, started it,
// armed its timer), or if they are DEPENDENT: one has an access that depends on one of the other's.
// The order is the transitive closure of that (Abdulla, Aronis, Jonsson, Sagonas, "Source sets: a
// foundation for optimal dynamic partial order reduction", J. ACM 64(4), 2017, section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "props/explore/dpor/accesses.hpp"
#include "props/explore/dpor/run_map.hpp"
#include "props/world/operation.hpp"

namespace poolproof::explore::dpor {

// A task, a task's timer, or something that happens by itself; the same one in all runs in which
// whoever started it did so in the same way.
enum class ProcessId : std::uint64_t {};

// Of an execution: its place, from 0.
using EventIndex = std::uint32_t;
inline constexpr EventIndex kNoEvent = ~EventIndex{0};

// What was left open within an event other than who goes on (whom a signal wakes, whether a fault
// strikes) and was not answered by 0: the number of the question, the answer. In order.
using Answers = std::vector<std::pair<std::uint16_t, std::uint8_t>>;

// As who waits for it wants it.
struct Lock {
  ObjectId object{};
  bool shared = false;  // as a reader
};

struct Event {
  // Whether it can happen in a state that its own past does not forbid.
  enum class Gate : std::uint8_t {
    open,   // always
    lock,   // while that lock is free
    join,   // once that task has ended
    timer,  // while no other timer is due before it
  };

  ProcessId process{};
  world::OperationKind kind{};
  Gate gate = Gate::open;
  Lock gate_lock{};                  // of a lock
  EventIndex opener = kNoEvent;      // of a join: the end of that task
  std::uint32_t timer = 0;           // of a timer: its index
  bool barrier = false;              // depends on everything
  EventIndex previous = kNoEvent;    // of its process
  std::vector<EventIndex> causes{};  // others that made it possible
  Accesses accesses{};
  Answers answers{};
  bool open = false;  // something was left open within it
};

class Execution {
 public:
  // Something that is due at some time unless it is called off before.
  struct Timer {
    ProcessId process{};
    world::Time due{};
    bool races = true;            // may come although tasks could go on
    bool in_no_task = false;      // comes before a task's timer that is due at once
    EventIndex armed = kNoEvent;  // by that event
    EventIndex ended = kNoEvent;  // by that event: its own, or another
    bool came = false;            // its own
    Accesses on_come{};           // what it would do
    std::optional<Lock> lock{};   // of who waits for it: comes only while another has it
  };

  // ---- while it runs ----

  // The first `same` events will do what they did in the run before, and so are ordered as they
  // were.
  void begin(std::size_t same = 0);
  Event& add(ProcessId process, world::OperationKind kind);
  [[nodiscard]] Event& last() { return events_[size_ - 1]; }
  [[nodiscard]] EventIndex last_index() const { return static_cast<EventIndex>(size() - 1); }
  [[nodiscard]] EventIndex last_of(ProcessId process) const;
  // The last event does that.
  void access(const Access& access) { last().accesses.add(access); }
  std::uint32_t arm(Timer timer);
  Timer& timer(std::uint32_t index) { return timers_[index]; }
  // At its end that process could not take that lock; `causes` had made it possible that it tries.
  void left_waiting(ProcessId process, const Lock& lock, std::vector<EventIndex> causes) {
    waiting_.push_back({process, lock, std::move(causes)});
  }

  // Finds out the order of all so far, of which the last must be over. Others may follow.
  void close() { order(size_); }

  // ---- once it has ended, and the order of all is known ----

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Event& operator[](EventIndex index) const { return events_[index]; }
  // Whether the earlier of two events had to come first.
  [[nodiscard]] bool before(EventIndex earlier, EventIndex later) const {
    return earlier < later && (past_word(later, earlier / 64) >> (earlier % 64) & 1U) != 0;
  }

  // What could have gone the other way: right before event `first`, first what did not need it, in
  // the order in which it came, and then that process.
  struct Reversal {
    EventIndex first;
    std::vector<EventIndex> between;
    ProcessId process;
    Accesses accesses;  // what it did when it came second
  };
  // Those in which the second event is at `from` or after it, or never came.
  [[nodiscard]] std::vector<Reversal> reversals(EventIndex from) const;

  // Of an event whose order is known, with all that had to come before it.
  [[nodiscard]] std::uint64_t past(EventIndex index) const { return hashes_[index]; }
  // Of its class: the same for all runs that differ in the order of independent events only.
  [[nodiscard]] std::uint64_t fingerprint() const;

 private:
  // Where the row of an event begins: a bit for each event before it, in words.
  static std::size_t row_of(std::size_t index) {
    const std::size_t words = index / 64;  // that are full
    return 32 * words * (words + 1) + index % 64 * (words + 1);
  }
  [[nodiscard]] std::uint64_t past_word(EventIndex index, std::size_t word) const {
    return word <= index / 64 ? past_[row_of(index) + word] : 0;
  }
  [[nodiscard]] bool needs(EventIndex later, EventIndex earlier) const {
    return later == earlier || before(earlier, later);
  }
  void order(std::size_t end);
  void visit_objects(EventIndex index);
  void find_past_of(EventIndex index);
  [[nodiscard]] std::uint64_t hash_of(EventIndex index) const;
  template <class Visit>
  void each_of_others_before(EventIndex later, Visit visit) const;
  [[nodiscard]] std::vector<EventIndex> independent_of(EventIndex first) const;
  // In the state before `first` and then what does not need it, up to event `to`.
  [[nodiscard]] bool is_free(const Lock& lock, EventIndex first, EventIndex to) const;
  [[nodiscard]] bool is_armed(std::uint32_t timer, EventIndex first, EventIndex to) const;
  // A timer that must come before that one.
  [[nodiscard]] std::optional<std::uint32_t> one_before(std::uint32_t timer, EventIndex first,
                                                        EventIndex to) const;
  [[nodiscard]] bool is_next(std::uint32_t timer, EventIndex first, EventIndex to) const;
  [[nodiscard]] bool can_come_before(EventIndex later, EventIndex first) const;
  void find_races_of(EventIndex second, std::vector<Reversal>& found) const;
  void find_races_of_the_disarmed(EventIndex from, std::vector<Reversal>& found) const;
  // Where a timer that did not come could have: as late as it can, but not after `first`.
  struct Place {
    std::vector<EventIndex> between;  // it does not need `first`, and comes before it
    EventIndex to = kNoEvent;         // the last of these, or `first`
  };
  [[nodiscard]] std::optional<Place> place_before(EventIndex first, std::uint32_t timer) const;
  void find_races_of_those_left(std::vector<Reversal>& found) const;
  [[nodiscard]] EventIndex holder(ObjectId lock, EventIndex before) const;

  struct Waiting {
    ProcessId process{};
    Lock lock{};
    std::vector<EventIndex> causes{};
  };

  // Who was at an object since it was last changed, and who changed it.
  using Visits = std::vector<std::pair<EventIndex, Access>>;

  std::vector<Event> events_;  // the first size_ of them are this run's: their memory is kept
  std::size_t size_ = 0;
  std::vector<Timer> timers_;
  std::vector<Waiting> waiting_;
  std::size_t ordered_ = 0;            // events whose order is known
  std::size_t same_ = 0;               // so many of them are ordered as in the run before
  EventIndex barrier_ = kNoEvent;      // the last of them
  std::vector<std::uint64_t> past_;    // a row for each event: those that had to come before it
  std::vector<std::uint64_t> hashes_;  // see past()
  RunMap<Visits> visits_;              // of each object, by its name
  std::vector<EventIndex> conflicts_;  // of the event that is ordered now, with earlier ones
};

}  // namespace poolproof::explore::dpor
