// What a carrier promises, whichever kind it is: errno and the C++ exceptions in flight are a job's
// own, and its stack or thread is used again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "props/world/carrier.hpp"

namespace poolproof::world {
namespace {

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  }
}

class EachCarrier : public testing::TestWithParam<CarrierKind> {
 protected:
  // A job that leaves to the outside when it has ended.
  static void assign(Carrier& carrier, std::function<void()> body) {
    carrier.assign([body = std::move(body)]() -> Carrier* {
      body();
      return nullptr;
    });
  }

  Carriers carriers_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Kinds, EachCarrier,
                         testing::Values(CarrierKind::fiber, CarrierKind::thread),
                         [](const auto& each) { return std::string(name(each.param)); });

TEST_P(EachCarrier, RunsItsJobFromOneSuspensionToTheNext) {
  Carrier& carrier = carriers_.borrow();
  std::vector<int> seen;
  assign(carrier, [&] {
    seen.push_back(1);
    carrier.leave();
    seen.push_back(3);
  });
  EXPECT_TRUE(seen.empty()) << "an assigned job begins with enter()";
  carrier.enter();
  seen.push_back(2);
  carrier.enter();
  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 3));
}

TEST_P(EachCarrier, TakesOneJobAfterTheOther) {
  Carrier& carrier = carriers_.borrow();
  int sum = 0;
  for (int i = 1; i <= 3; ++i) {
    assign(carrier, [&sum, i] { sum += i; });
    carrier.enter();
  }
  EXPECT_EQ(sum, 6);
}

// libpq's PQcancel asks errno after a short write, which sets none.
TEST_P(EachCarrier, BeginsWithoutAnError) {
  Carrier& carrier = carriers_.borrow();
  int seen = EINTR;
  for (int job = 0; job < 2; ++job) {
    assign(carrier, [&] {
      seen = errno;
      errno = EINTR;
    });
    errno = ENOENT;
    carrier.enter();
    EXPECT_EQ(seen, 0) << "job " << job;
  }
}

TEST_P(EachCarrier, HasItsOwnErrno) {
  Carrier& carrier = carriers_.borrow();
  int seen = 0;
  assign(carrier, [&] {
    errno = ENOENT;
    carrier.leave();
    seen = errno;
  });
  carrier.enter();
  errno = EINTR;
  carrier.enter();
  EXPECT_EQ(seen, ENOENT);
}

TEST_P(EachCarrier, RethrowsTheExceptionThatItCaughtItself) {
  Carrier& a = carriers_.borrow();
  Carrier& b = carriers_.borrow();
  std::string of_a, of_b;
  const auto catch_and_rethrow = [](Carrier& carrier, const char* text, std::string& rethrown) {
    try {
      throw std::runtime_error(text);
    } catch (const std::exception&) {
      carrier.leave();  // the other one catches its own meanwhile
      rethrown = current_exception_text();
    }
  };
  assign(a, [&] { catch_and_rethrow(a, "of a", of_a); });
  assign(b, [&] { catch_and_rethrow(b, "of b", of_b); });
  a.enter();
  b.enter();
  a.enter();
  b.enter();
  EXPECT_EQ(of_a, "of a");
  EXPECT_EQ(of_b, "of b");
}

// A lease's destructor takes a mutex while an exception unwinds its owner: the fiber is left there.
TEST_P(EachCarrier, MayBeLeftWhileAnExceptionUnwindsIt) {
  struct Leaves {
    Carrier& carrier;
    std::vector<int>& in_flight;
    ~Leaves() {
      in_flight.push_back(std::uncaught_exceptions());
      carrier.leave();
      in_flight.push_back(std::uncaught_exceptions());
    }
  };
  Carrier& a = carriers_.borrow();
  Carrier& b = carriers_.borrow();
  std::vector<int> of_a, of_b;
  std::string caught_by_a, caught_by_b;
  const auto unwind = [](Carrier& carrier, std::vector<int>& in_flight, const char* text,
                         std::string& caught) {
    try {
      const Leaves leaves{carrier, in_flight};
      throw std::runtime_error(text);
    } catch (const std::exception& error) {
      caught = error.what();
    }
  };
  assign(a, [&] { unwind(a, of_a, "of a", caught_by_a); });
  assign(b, [&] { unwind(b, of_b, "of b", caught_by_b); });
  a.enter();
  EXPECT_EQ(std::uncaught_exceptions(), 0) << "nothing is in flight outside";
  b.enter();
  a.enter();
  b.enter();
  EXPECT_EQ(caught_by_a, "of a");
  EXPECT_EQ(caught_by_b, "of b");
  EXPECT_THAT(of_a, testing::ElementsAre(1, 1));
  EXPECT_THAT(of_b, testing::ElementsAre(1, 1));
}

TEST_P(EachCarrier, LeavesTheExceptionsOfWhoeverResumesItAlone) {
  Carrier& carrier = carriers_.borrow();
  int in_flight_inside = -1;
  bool caught_inside = true;
  assign(carrier, [&] {
    in_flight_inside = std::uncaught_exceptions();
    caught_inside = std::current_exception() != nullptr;
    try {
      throw std::runtime_error("inside");
    } catch (const std::exception&) {
      carrier.leave();
    }
  });
  try {
    throw std::runtime_error("outside");
  } catch (const std::exception&) {
    carrier.enter();
    EXPECT_EQ(current_exception_text(), "outside");
    carrier.enter();
    EXPECT_EQ(current_exception_text(), "outside");
  }
  EXPECT_EQ(in_flight_inside, 0);
  EXPECT_FALSE(caught_inside);
}

TEST_P(EachCarrier, UsesItsStackAgainAfterItWasAbandonedAndUnwindsNothing) {
  struct Counts {
    int& destroyed;
    ~Counts() { ++destroyed; }
  };
  Carrier& carrier = carriers_.borrow();
  int destroyed = 0;
  std::vector<std::uintptr_t> frames;
  const auto job = [&] {
    const Counts counts{destroyed};
    frames.push_back(reinterpret_cast<std::uintptr_t>(&counts));
    carrier.leave();
  };
  assign(carrier, job);
  carrier.enter();
  carrier.abandon();
  EXPECT_EQ(destroyed, 0) << "its frames must not run on in a world that has ended";

  assign(carrier, job);
  carrier.enter();
  carrier.enter();
  EXPECT_EQ(destroyed, 1);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0], frames[1]);
}

TEST_P(EachCarrier, ForgetsTheExceptionsOfAnAbandonedJob) {
  Carrier& carrier = carriers_.borrow();
  assign(carrier, [&] {
    try {
      throw std::runtime_error("never handled to its end");
    } catch (const std::exception&) {
      carrier.leave();
    }
  });
  carrier.enter();
  carrier.abandon();
  bool caught = true;
  assign(carrier, [&] { caught = std::current_exception() != nullptr; });
  carrier.enter();
  EXPECT_FALSE(caught);
  EXPECT_EQ(std::current_exception(), nullptr);
}

}  // namespace
}  // namespace poolproof::world
