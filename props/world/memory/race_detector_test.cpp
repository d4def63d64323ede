// Which accesses race: examples of each thing that orders them, and a law against an oracle that
// knows only the definitions.
#include "props/world/memory/race_detector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

namespace poolproof::world::memory {
namespace {

constexpr TaskId kA{0}, kB{1}, kC{2};
constexpr Address kData = 0x1000, kFlag = 0x2000, kOther = 0x2008;

class Races : public testing::Test {
 protected:
  Races() { begin(); }

  void begin() {
    detector_.begin();
    detector_.started(kA, kA);
    detector_.started(kA, kB);
    detector_.started(kA, kC);
  }

  // Whether it races with an earlier access.
  bool reads(TaskId task, Address address = kData, std::size_t size = 4) {
    return does({.task = task, .address = address, .size = size, .write = false, .atomic = false});
  }
  bool writes(TaskId task, Address address = kData, std::size_t size = 4) {
    return does({.task = task, .address = address, .size = size, .write = true, .atomic = false});
  }
  bool does(const Access& access) { return detector_.access(access).has_value(); }

  void load(TaskId task, Order order, Address flag = kFlag) {
    detector_.load(task, flag, 4, order);
  }
  void store(TaskId task, Order order, Address flag = kFlag) {
    detector_.store(task, flag, 4, order);
  }
  void update(TaskId task, Order order, Address flag = kFlag) {
    detector_.update(task, flag, 4, order);
  }

  const int mutex_ = 0;
  RaceDetector detector_;
};

TEST_F(Races, AreBetweenAWriteAndAnyOtherAccessOfAnotherTask) {
  EXPECT_FALSE(writes(kA));
  EXPECT_FALSE(reads(kA));
  EXPECT_TRUE(reads(kB));
  EXPECT_TRUE(writes(kB));
}

TEST_F(Races, AreNotBetweenReads) {
  EXPECT_FALSE(reads(kA));
  EXPECT_FALSE(reads(kB));
  EXPECT_TRUE(writes(kC));
}

TEST_F(Races, AreBetweenAccessesThatShareAByte) {
  EXPECT_FALSE(writes(kA, kData, 1));
  EXPECT_FALSE(writes(kB, kData + 1, 1));
  EXPECT_FALSE(writes(kC, kData + 2, 2));
  EXPECT_TRUE(reads(kA, kData + 1, 1));
  EXPECT_FALSE(reads(kB, kData + 1, 1));
}

TEST_F(Races, AreFoundAcrossCellsAndInRanges) {
  EXPECT_FALSE(writes(kA, kData + 6, 4));
  EXPECT_TRUE(reads(kB, kData + 8, 1));
  EXPECT_FALSE(writes(kA, kOther, 100));
  EXPECT_FALSE(reads(kB, kOther + 100, 1));
  EXPECT_TRUE(reads(kB, kOther + 99, 1));
}

TEST_F(Races, NameTheEarlierAccess) {
  const int code = 0;
  const Access earlier{
      .task = kA, .address = kData, .size = 8, .write = true, .atomic = false, .site = {&code, 7}};
  EXPECT_FALSE(detector_.access(earlier));
  const auto found = detector_.access(
      {.task = kB, .address = kData + 4, .size = 1, .write = false, .atomic = false});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->task, kA);
  EXPECT_EQ(found->address, kData);
  EXPECT_EQ(found->size, 8U);
  EXPECT_TRUE(found->write);
  EXPECT_EQ(found->site.code, &code);
  EXPECT_EQ(found->site.frame, 7U);
}

TEST_F(Races, AreKeptOffByAMutex) {
  detector_.acquired(kA, &mutex_);
  EXPECT_FALSE(writes(kA));
  detector_.released(kA, &mutex_);
  detector_.acquired(kB, &mutex_);
  EXPECT_FALSE(writes(kB));
  detector_.released(kB, &mutex_);
  EXPECT_TRUE(reads(kC)) << "it has not locked";
}

TEST_F(Races, AreNotKeptOffByAnotherMutex) {
  const int other = 0;
  detector_.acquired(kA, &mutex_);
  EXPECT_FALSE(writes(kA));
  detector_.released(kA, &mutex_);
  detector_.acquired(kB, &other);
  EXPECT_TRUE(writes(kB));
}

TEST_F(Races, AreKeptOffByStartAndJoin) {
  constexpr TaskId kChild{3};
  EXPECT_FALSE(writes(kA));
  detector_.started(kA, kChild);
  EXPECT_FALSE(writes(kChild));
  EXPECT_TRUE(reads(kA)) << "the child still runs";
  begin();
  detector_.started(kA, kChild);
  EXPECT_FALSE(writes(kChild));
  detector_.joined(kA, kChild);
  EXPECT_FALSE(writes(kA));
}

TEST_F(Races, AreNeverBetweenAtomicsButBetweenAnAtomicAndAPlainAccess) {
  const Access store{.task = kA, .address = kData, .size = 4, .write = true, .atomic = true};
  EXPECT_FALSE(does(store));
  EXPECT_FALSE(does({.task = kB, .address = kData, .size = 4, .write = true, .atomic = true}));
  EXPECT_TRUE(reads(kC));
}

// ---- message passing: A writes the data and sets the flag, B sees the flag and reads the data
// ----

TEST_F(Races, AreKeptOffByAReleaseThatIsAcquired) {
  writes(kA);
  store(kA, Order::release);
  load(kB, Order::acquire);
  EXPECT_FALSE(reads(kB));
}

TEST_F(Races, AreNotKeptOffByARelaxedStore) {
  writes(kA);
  store(kA, Order::relaxed);
  load(kB, Order::acquire);
  EXPECT_TRUE(reads(kB));
}

TEST_F(Races, AreNotKeptOffByARelaxedLoad) {
  writes(kA);
  store(kA, Order::release);
  load(kB, Order::relaxed);
  EXPECT_TRUE(reads(kB));
}

TEST_F(Races, AreNotKeptOffByWhatWasReleasedBefore) {
  store(kA, Order::release);
  writes(kA);
  load(kB, Order::acquire);
  EXPECT_TRUE(reads(kB));
}

TEST_F(Races, AreKeptOffByFencesAroundRelaxedAccesses) {
  writes(kA);
  detector_.fence(kA, Order::release);
  store(kA, Order::relaxed);
  load(kB, Order::relaxed);
  detector_.fence(kB, Order::acquire);
  EXPECT_FALSE(reads(kB));
}

TEST_F(Races, AreNotKeptOffByAFenceThatComesTooEarly) {
  detector_.fence(kA, Order::release);
  writes(kA);
  store(kA, Order::relaxed);
  load(kB, Order::acquire);
  EXPECT_TRUE(reads(kB));
}

TEST_F(Races, AreKeptOffThroughAnUpdateByAThirdTask) {
  writes(kA);
  store(kA, Order::release);
  update(kB, Order::relaxed);  // goes on with A's release sequence
  load(kC, Order::acquire);
  EXPECT_FALSE(reads(kC));
  EXPECT_TRUE(reads(kB)) << "it has acquired nothing itself";
}

TEST_F(Races, AreNotKeptOffThroughAStoreByAThirdTask) {
  writes(kA);
  store(kA, Order::release);
  store(kB, Order::relaxed);  // ends A's release sequence
  load(kC, Order::acquire);
  EXPECT_TRUE(reads(kC));
}

TEST_F(Races, AreNotKeptOffByARelaxedStoreOfTheReleasingTaskItself) {
  writes(kA);
  store(kA, Order::release);
  store(kA, Order::relaxed);  // went on with it until C++20
  load(kB, Order::acquire);
  EXPECT_TRUE(reads(kB));
}

TEST_F(Races, AreNotWithWhatAnotherOwnerDidToTheMemory) {
  writes(kA);
  store(kA, Order::release, kData + 4);
  detector_.renew(kData, 8);
  EXPECT_FALSE(writes(kB));
  load(kB, Order::acquire, kData + 4);
  writes(kA, kOther);
  store(kA, Order::release, kFlag);
  detector_.renew(kFlag, 8);
  load(kB, Order::acquire, kFlag);
  EXPECT_TRUE(reads(kB, kOther)) << "the new flag has told nothing";
}

TEST_F(Races, AreForgottenWithTheRun) {
  writes(kA);
  begin();
  EXPECT_FALSE(writes(kB));
}

// ---- the law ----

constexpr std::uint32_t kTasks = 3;
constexpr std::array<Address, 3> kFlags{kFlag, kOther, kOther + 4};
constexpr std::array<Order, 5> kOrders{Order::relaxed, Order::acquire, Order::release,
                                       Order::acquire_release, Order::sequential};

struct Event {
  enum class Kind : std::uint8_t { read, write, lock, unlock, load, store, update, fence };
  Kind kind;
  TaskId task;
  std::uint32_t what;  // first byte, mutex or flag
  std::size_t size;
  Order order;
};

void showValue(const Event& e, std::ostream& out) {
  constexpr std::array kNames{"read", "write", "lock",   "unlock",
                              "load", "store", "update", "fence"};
  out << static_cast<int>(e.task) << ' ' << kNames[static_cast<std::size_t>(e.kind)] << ' '
      << e.what << '+' << e.size << " order " << static_cast<int>(e.order);
}

// Straight from the definitions, by a graph with an edge for each "happens before" that the
// standard knows of (sequenced before, synchronizes with) and its transitive closure.
class Oracle {
 public:
  using Kind = Event::Kind;

  explicit Oracle(const std::vector<Event>& trace) : trace_(trace) {
    const std::size_t n = trace.size();
    before_.assign(n, std::vector<bool>(n));
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = 0; i < j; ++i) {
        if (trace[i].task == trace[j].task || synchronizes(i, j)) add(i, j);
      }
    }
  }

  [[nodiscard]] bool races_with_an_earlier_one(std::size_t j) const {
    for (std::size_t i = 0; i < j; ++i) {
      if (conflict(trace_[i], trace_[j]) && !before_[i][j]) return true;
    }
    return false;
  }

 private:
  // Edges come in the order of their ends, so all that is before i is known.
  void add(std::size_t i, std::size_t j) {
    before_[i][j] = true;
    for (std::size_t k = 0; k < i; ++k) {
      if (before_[k][i]) before_[k][j] = true;
    }
  }

  static bool plain(const Event& e) { return e.kind == Kind::read || e.kind == Kind::write; }
  static bool conflict(const Event& a, const Event& b) {
    return plain(a) && plain(b) && a.task != b.task &&
           (a.kind == Kind::write || b.kind == Kind::write) && a.what < b.what + b.size &&
           b.what < a.what + a.size;
  }
  static bool has_release(Order o) {
    return o == Order::release || o == Order::acquire_release || o == Order::sequential;
  }
  static bool has_acquire(Order o) {
    return o == Order::acquire || o == Order::acquire_release || o == Order::sequential;
  }
  bool modifies(std::size_t i, std::uint32_t flag) const {
    return (trace_[i].kind == Kind::store || trace_[i].kind == Kind::update) &&
           trace_[i].what == flag;
  }

  // The stores whose release sequence the value that j reads belongs to, newest first.
  std::vector<std::size_t> heads_read_by(std::size_t j) const {
    std::vector<std::size_t> heads;
    for (std::size_t i = j; i-- > 0;) {
      if (!modifies(i, trace_[j].what)) continue;
      heads.push_back(i);
      if (trace_[i].kind == Kind::store) break;
    }
    return heads;
  }
  // The release operations that x stands for: itself, and fences of its task before it.
  std::vector<std::size_t> releases_of(std::size_t x) const {
    std::vector<std::size_t> found;
    if (has_release(trace_[x].order)) found.push_back(x);
    for (std::size_t i = 0; i < x; ++i) {
      if (trace_[i].kind == Kind::fence && trace_[i].task == trace_[x].task &&
          has_release(trace_[i].order)) {
        found.push_back(i);
      }
    }
    return found;
  }
  bool reads_from_release(std::size_t release, std::size_t load) const {
    for (const std::size_t head : heads_read_by(load)) {
      for (const std::size_t found : releases_of(head)) {
        if (found == release) return true;
      }
    }
    return false;
  }
  bool synchronizes(std::size_t i, std::size_t j) const {
    const Event& a = trace_[i];
    const Event& b = trace_[j];
    if (a.kind == Kind::unlock && b.kind == Kind::lock) return a.what == b.what;
    const bool loads = b.kind == Kind::load || b.kind == Kind::update;
    if (loads && has_acquire(b.order)) return reads_from_release(i, j);
    if (b.kind != Kind::fence || !has_acquire(b.order)) return false;
    for (std::size_t k = 0; k < j; ++k) {
      const bool reads = trace_[k].kind == Kind::load || trace_[k].kind == Kind::update;
      if (reads && trace_[k].task == b.task && i < k && reads_from_release(i, k)) return true;
    }
    return false;
  }

  const std::vector<Event>& trace_;
  std::vector<std::vector<bool>> before_;
};

rc::Gen<Event> event() {
  return rc::gen::construct<Event>(
      rc::gen::map(rc::gen::inRange(0, 8), [](int i) { return static_cast<Event::Kind>(i); }),
      rc::gen::map(rc::gen::inRange<std::uint32_t>(0, kTasks), [](auto i) { return TaskId{i}; }),
      rc::gen::inRange<std::uint32_t>(0, 12), rc::gen::inRange<std::size_t>(1, 6),
      rc::gen::elementOf(kOrders));
}

// Locks and unlocks that no program could do are left out.
std::vector<Event> legal(const std::vector<Event>& wanted) {
  using Kind = Event::Kind;
  std::array<std::optional<TaskId>, 2> owners;
  std::vector<Event> trace;
  for (Event each : wanted) {
    if (each.kind == Kind::lock || each.kind == Kind::unlock) {
      each.what %= owners.size();
      auto& owner = owners[each.what];
      if (each.kind == Kind::lock ? owner.has_value() : owner != each.task) continue;
      owner = each.kind == Kind::lock ? std::optional(each.task) : std::nullopt;
    } else if (each.kind >= Kind::load) {
      each.what %= kFlags.size();
    }
    trace.push_back(each);
  }
  return trace;
}

RC_GTEST_FIXTURE_PROP(Races, AreFoundExactlyWhereTheDefinitionsSeeThem, ()) {
  using Kind = Event::Kind;
  const auto trace = legal(
      *rc::gen::container<std::vector<Event>>(*rc::gen::inRange<std::size_t>(0, 40), event()));
  const Oracle oracle(trace);
  const std::array<int, 2> mutexes{};
  detector_.begin();
  for (std::uint32_t task = 0; task < kTasks; ++task) detector_.started(TaskId{task}, TaskId{task});
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto& [kind, task, what, size, order] = trace[i];
    bool found = false;
    switch (kind) {
      case Kind::read: found = reads(task, kData + what, size); break;
      case Kind::write: found = writes(task, kData + what, size); break;
      case Kind::lock: detector_.acquired(task, &mutexes[what]); break;
      case Kind::unlock: detector_.released(task, &mutexes[what]); break;
      case Kind::load: load(task, order, kFlags[what]); break;
      case Kind::store: store(task, order, kFlags[what]); break;
      case Kind::update: update(task, order, kFlags[what]); break;
      case Kind::fence: detector_.fence(task, order); break;
    }
    RC_ASSERT(found == oracle.races_with_an_earlier_one(i));
  }
}

}  // namespace
}  // namespace poolproof::world::memory
