// A fiber has errno and the C++ exceptions in flight for itself, and its stack is used again.
#include "props/world/fiber.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace poolproof::world {
namespace {

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  }
}

TEST(Fiber, RunsItsJobFromOneSuspensionToTheNext) {
  Fiber fiber;
  std::vector<int> seen;
  fiber.assign([&] {
    seen.push_back(1);
    fiber.suspend();
    seen.push_back(3);
  });
  EXPECT_TRUE(seen.empty()) << "an assigned job begins with resume()";
  fiber.resume();
  seen.push_back(2);
  fiber.resume();
  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 3));
}

TEST(Fiber, TakesOneJobAfterTheOther) {
  Fiber fiber;
  int sum = 0;
  for (int i = 1; i <= 3; ++i) {
    fiber.assign([&sum, i] { sum += i; });
    fiber.resume();
  }
  EXPECT_EQ(sum, 6);
}

TEST(Fiber, HasItsOwnErrno) {
  Fiber fiber;
  int seen = 0;
  fiber.assign([&] {
    errno = ENOENT;
    fiber.suspend();
    seen = errno;
  });
  fiber.resume();
  errno = EINTR;
  fiber.resume();
  EXPECT_EQ(seen, ENOENT);
}

TEST(Fiber, RethrowsTheExceptionThatItCaughtItself) {
  Fiber a, b;
  std::string of_a, of_b;
  const auto catch_and_rethrow = [](Fiber& fiber, const char* text, std::string& rethrown) {
    try {
      throw std::runtime_error(text);
    } catch (const std::exception&) {
      fiber.suspend();  // the other one catches its own meanwhile
      rethrown = current_exception_text();
    }
  };
  a.assign([&] { catch_and_rethrow(a, "of a", of_a); });
  b.assign([&] { catch_and_rethrow(b, "of b", of_b); });
  a.resume();
  b.resume();
  a.resume();
  b.resume();
  EXPECT_EQ(of_a, "of a");
  EXPECT_EQ(of_b, "of b");
}

// A lease's destructor takes a mutex while an exception unwinds its owner: the fiber is left there.
TEST(Fiber, MayBeLeftWhileAnExceptionUnwindsIt) {
  struct Leaves {
    Fiber& fiber;
    std::vector<int>& in_flight;
    ~Leaves() {
      in_flight.push_back(std::uncaught_exceptions());
      fiber.suspend();
      in_flight.push_back(std::uncaught_exceptions());
    }
  };
  Fiber a, b;
  std::vector<int> of_a, of_b;
  std::string caught_by_a, caught_by_b;
  const auto unwind = [](Fiber& fiber, std::vector<int>& in_flight, const char* text,
                         std::string& caught) {
    try {
      const Leaves leaves{fiber, in_flight};
      throw std::runtime_error(text);
    } catch (const std::exception& error) {
      caught = error.what();
    }
  };
  a.assign([&] { unwind(a, of_a, "of a", caught_by_a); });
  b.assign([&] { unwind(b, of_b, "of b", caught_by_b); });
  a.resume();
  EXPECT_EQ(std::uncaught_exceptions(), 0) << "nothing is in flight outside";
  b.resume();
  a.resume();
  b.resume();
  EXPECT_EQ(caught_by_a, "of a");
  EXPECT_EQ(caught_by_b, "of b");
  EXPECT_THAT(of_a, testing::ElementsAre(1, 1));
  EXPECT_THAT(of_b, testing::ElementsAre(1, 1));
}

TEST(Fiber, LeavesTheExceptionsOfWhoeverResumesItAlone) {
  Fiber fiber;
  int in_flight_inside = -1;
  bool caught_inside = true;
  fiber.assign([&] {
    in_flight_inside = std::uncaught_exceptions();
    caught_inside = std::current_exception() != nullptr;
    try {
      throw std::runtime_error("inside");
    } catch (const std::exception&) {
      fiber.suspend();
    }
  });
  try {
    throw std::runtime_error("outside");
  } catch (const std::exception&) {
    fiber.resume();
    EXPECT_EQ(current_exception_text(), "outside");
    fiber.resume();
    EXPECT_EQ(current_exception_text(), "outside");
  }
  EXPECT_EQ(in_flight_inside, 0);
  EXPECT_FALSE(caught_inside);
}

TEST(Fiber, UsesItsStackAgainAfterItWasAbandonedAndUnwindsNothing) {
  struct Counts {
    int& destroyed;
    ~Counts() { ++destroyed; }
  };
  Fiber fiber;
  int destroyed = 0;
  std::vector<std::uintptr_t> frames;
  const auto job = [&] {
    const Counts counts{destroyed};
    frames.push_back(reinterpret_cast<std::uintptr_t>(&counts));
    fiber.suspend();
  };
  fiber.assign(job);
  fiber.resume();
  fiber.abandon();
  EXPECT_EQ(destroyed, 0) << "its frames must not run on in a world that has ended";

  fiber.assign(job);
  fiber.resume();
  fiber.resume();
  EXPECT_EQ(destroyed, 1);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0], frames[1]);
}

TEST(Fiber, ForgetsTheExceptionsOfAnAbandonedJob) {
  Fiber fiber;
  fiber.assign([&] {
    try {
      throw std::runtime_error("never handled to its end");
    } catch (const std::exception&) {
      fiber.suspend();
    }
  });
  fiber.resume();
  fiber.abandon();
  bool caught = true;
  fiber.assign([&] { caught = std::current_exception() != nullptr; });
  fiber.resume();
  EXPECT_FALSE(caught);
  EXPECT_EQ(std::current_exception(), nullptr);
}

}  // namespace
}  // namespace poolproof::world
