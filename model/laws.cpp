#include "model/laws.hpp"

#include <algorithm>
#include <array>

#include "model/laws_of_steps.hpp"

namespace poolproof::model {
namespace {

struct Entry {
  LawId law;
  std::string_view id;
  std::string_view sentence;
};

// In the order of LawId.
constexpr std::array kEntries{
    Entry{LawId::cap, "CAP",
          "The server never sees more than pool_size + max_overflow connections of the pool "
          "(detached ones apart), and no more than pool_size idle ones once nothing is happening."},
    Entry{LawId::dup, "DUP",
          "A connection is leased to at most one caller at a time; no two callers' statements meet "
          "on one server session."},
    Entry{LawId::leak, "LEAK",
          "When all leases are back and nothing is in flight, every slot is accounted for: idle + "
          "empty = slots, and capacity is whole."},
    Entry{LawId::wake, "WAKE",
          "Time never passes while a caller waits for a connection that is idle or a slot that is "
          "free."},
    Entry{LawId::early, "EARLY", "TIMEOUT comes no earlier than the deadline."},
    Entry{LawId::late, "LATE", "Every acquire ends by its deadline (virtual time: exactly)."},
    Entry{LawId::spur, "SPUR",
          "TIMEOUT is given only if capacity was exhausted at some instant in [deadline - slack, "
          "return]."},
    Entry{LawId::fair, "FAIR",
          "Waiters are granted in order of arrival, and nobody overtakes one who has waited longer "
          "than patience."},
    Entry{LawId::age, "AGE",
          "No lease starts on a connection older than recycle, of a retired generation, or "
          "invalidated; none younger is replaced without cause."},
    Entry{LawId::dead, "DEAD",
          "With pre_ping, no lease starts on a connection whose end the pool could have read "
          "before."},
    Entry{LawId::clean, "CLEAN",
          "A lease starts on a clean session: no transaction, no unread result, no COPY, no "
          "pipeline, and nothing of an earlier lease that reset_on_return promises to remove."},
    Entry{LawId::cxl, "CXL", "A cancel request only ever hits the lease that asked for it."},
    Entry{LawId::life, "LIFE",
          "After close, acquire says closed, all server connections end, and nothing is touched "
          "after it is destroyed."},
    Entry{LawId::hook, "HOOK",
          "A hook or driver that throws, at any point, costs no slot and no connection."},
    Entry{LawId::stuck, "STUCK",
          "No deadlock; no task waits for ever once faults stop and leases return."},
    Entry{LawId::race, "RACE", "No data race in the pool's own memory."},
    Entry{LawId::crash, "CRASH",
          "The accused does not crash, abort, exit, spin, run out of bounds or misuse a lock; "
          "always judged."},
    Entry{LawId::own, "OWN",
          "A caller who acquires again from a StaticPool or SingletonThreadPool has the connection "
          "that it has, and none of a SingletonThreadPool's ever serves two threads."},
    Entry{LawId::tend, "TEND",
          "Maintain closes what is idle for longer than idle_timeout and opens what is missing to "
          "min_idle; no connect begins in a pause after a failed one; drain says what is so, no "
          "earlier and no later; the leak report names each lease that is out and no other."},
};

constexpr bool is_in_order_of_law_id() {
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    if (kEntries[i].law != static_cast<LawId>(i)) return false;
  }
  return kEntries.back().law == LawId::tend;
}
static_assert(is_in_order_of_law_id());

// In the order in which a step is asked.
constexpr std::array kModelLaws{
    Law{LawId::cap, cap_holds},     Law{LawId::dup, dup_holds},     Law{LawId::leak, leak_holds},
    Law{LawId::wake, wake_holds},   Law{LawId::early, early_holds}, Law{LawId::late, late_holds},
    Law{LawId::fair, fair_holds},   Law{LawId::age, age_holds},     Law{LawId::dead, dead_holds},
    Law{LawId::clean, clean_holds}, Law{LawId::life, life_holds},   Law{LawId::hook, hook_holds},
};

const Entry& entry(LawId law) { return kEntries.at(static_cast<std::size_t>(law)); }

}  // namespace

std::string_view id(LawId law) { return entry(law).id; }

std::string_view sentence(LawId law) { return entry(law).sentence; }

std::optional<LawId> law_named(std::string_view id) {
  const auto* const found = std::ranges::find(kEntries, id, &Entry::id);
  if (found == kEntries.end()) return std::nullopt;
  return found->law;
}

std::span<const Law> model_laws() { return kModelLaws; }

std::optional<LawId> broken_law(const Transition& transition) {
  for (const Law& law : kModelLaws) {
    if (!law.holds(transition)) return law.id;
  }
  return std::nullopt;
}

std::optional<LawId> broken_law(const Transition& transition, const std::set<LawId>& only) {
  for (const Law& law : kModelLaws) {
    if (only.contains(law.id) && !law.holds(transition)) return law.id;
  }
  return std::nullopt;
}

}  // namespace poolproof::model
