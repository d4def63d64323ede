// How many classes of schedules there are of a pool of nothing but a mutex, a condition variable
// and a count, found in two ways that share nothing: by exploring the program, and by a recursion
// over its critical sections.
//
// All critical sections are of one mutex, so they are in a total order, and a class is that order
// together with whom each signal wakes: the recursion tries each section that could come next. For
// (callers, loans each, capacity) it comes to
//
//                      (2,1,1)  (2,2,1)  (3,1,1)  (3,1,2)
//   here                  4       40       48       90
//   another checker       4       25       39       78
//
// "Another" is a published optimal checker, whose program was as described and is not kept. No
// notion of dependence makes up for the difference, as long as it treats callers alike and keeps
// the sections of one mutex in order. Take a class and let the callers change names: that gives a
// class again, and always another one, for the callers' first sections are in another order. So
// classes come in groups of callers! each; but 25 is no multiple of 2, and 39 none of 6. (4 and 78
// are; 78 is what is left if whoever was woken must come next.) So its 25 and 39 count something
// that is not the same for all callers: traces of a program in which one of them, or whoever starts
// them, does something else, or fewer than there are. That none of ours is superfluous is shown by
// dpor_test.cpp: each of the 40, 48 and 90 is a class of the schedules of a brute-force search.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "props/explore/dpor/dpor_fixture.hpp"

namespace poolproof::explore::dpor {
namespace {

struct Size {
  int callers, loans, capacity;
};

void PrintTo(const Size& size, std::ostream* out) {
  *out << size.callers << " callers x " << size.loans << ", capacity " << size.capacity;
}

// ---- by a recursion ----

// Whom a signal wakes, and who may come after it.
struct Rules {
  bool any_waiter = true;  // false: the one that waits longest
  bool woken_first = false;
  bool may_wait_again = true;  // whoever was woken and finds nothing
};

class Sections {
 public:
  Sections(const Size& size, const Rules& rules)
      : loans_(size.loans), rules_(rules), free_(size.capacity) {
    callers_.resize(static_cast<std::size_t>(size.callers));
  }

  // Of the orders in which the rest can come.
  std::uint64_t count() {
    std::uint64_t orders = 0;
    bool goes_on = false;
    const bool somebody_is_woken =
        std::ranges::any_of(callers_, [](const Caller& each) { return each.woken; });
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      const Caller& caller = callers_[i];
      if (caller.waits || caller.sections == 2 * loans_) continue;
      if (rules_.woken_first && somebody_is_woken && !caller.woken) continue;
      goes_on = true;
      orders += caller.sections % 2 == 0 ? taking(i) : giving_back(i);
    }
    return goes_on ? orders : 1;
  }

 private:
  struct Caller {
    int sections = 0;  // behind it
    bool waits = false;
    bool woken = false;
  };

  std::uint64_t taking(std::size_t i) {
    Sections next = *this;
    Caller& caller = next.callers_[i];
    const bool was_woken = std::exchange(caller.woken, false);
    if (free_ > 0) {
      --next.free_;
      ++caller.sections;
      return next.count();
    }
    if (was_woken && !rules_.may_wait_again) return 0;
    caller.waits = true;
    next.waiters_.push_back(i);
    return next.count();
  }

  std::uint64_t giving_back(std::size_t i) {
    Sections back = *this;
    ++back.free_;
    ++back.callers_[i].sections;
    if (waiters_.empty()) return back.count();
    std::uint64_t orders = 0;
    for (const std::size_t waiter : waiters_) {
      Sections next = back;
      std::erase(next.waiters_, waiter);
      next.callers_[waiter].waits = false;
      next.callers_[waiter].woken = true;
      orders += next.count();
      if (!rules_.any_waiter) break;
    }
    return orders;
  }

  const int loans_;
  const Rules rules_;
  int free_;
  std::vector<Caller> callers_;
  std::vector<std::size_t> waiters_;  // in order of arrival
};

std::uint64_t counted(const Size& size, const Rules& rules = {}) {
  return Sections(size, rules).count();
}

// ---- by an exploration ----

std::uint64_t explored(const Size& size) {
  Body pool = bare_pool(size.callers, size.loans, size.capacity);
  const Outcomes found = explored(pool);
  EXPECT_TRUE(found.complete);
  return found.classes.size();
}

class BarePools : public testing::TestWithParam<Size> {};

TEST_P(BarePools, HaveAsManyClassesAsOrdersOfCriticalSections) {
  EXPECT_EQ(explored(GetParam()), counted(GetParam()));
}

// What makes 25 and 39 impossible.
TEST_P(BarePools, HaveClassesInGroupsOneForEachOrderOfCallers) {
  std::uint64_t orders = 1;
  for (int i = 2; i <= GetParam().callers; ++i) orders *= static_cast<std::uint64_t>(i);
  EXPECT_EQ(explored(GetParam()) % orders, 0U);
}

INSTANTIATE_TEST_SUITE_P(OfSize, BarePools,
                         testing::Values(Size{2, 1, 1}, Size{2, 1, 2}, Size{2, 2, 1}, Size{2, 2, 2},
                                         Size{2, 3, 1}, Size{3, 1, 1}, Size{3, 1, 2},
                                         Size{3, 1, 3}),
                         [](const auto& info) {
                           return std::to_string(info.param.callers) + "x" +
                                  std::to_string(info.param.loans) + "_" +
                                  std::to_string(info.param.capacity);
                         });

std::vector<std::uint64_t> counted_by(const Rules& rules) {
  std::vector<std::uint64_t> counts;
  for (const Size& size : {Size{2, 1, 1}, Size{2, 2, 1}, Size{3, 1, 1}, Size{3, 1, 2}}) {
    counts.push_back(counted(size, rules));
  }
  return counts;
}

TEST(Orders, AreThoseOfTheTableAbove) {
  EXPECT_EQ(counted_by({}), (std::vector<std::uint64_t>{4, 40, 48, 90}));
}

// Nearer to the other checker's, and yet not its.
TEST(Orders, AreFewerUnderOtherRules) {
  using Counts = std::vector<std::uint64_t>;
  EXPECT_EQ(counted_by({.any_waiter = false}), (Counts{4, 40, 42, 90}));
  EXPECT_EQ(counted_by({.may_wait_again = false}), (Counts{4, 34, 42, 90}));
  EXPECT_EQ(counted_by({.woken_first = true}), (Counts{4, 28, 36, 78}));
  EXPECT_EQ(counted_by({.any_waiter = false, .woken_first = true}), (Counts{4, 28, 30, 78}));
}

}  // namespace
}  // namespace poolproof::explore::dpor
