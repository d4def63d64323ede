// Whatever code asks for random numbers, a run gives it the same again, and another choice others.
#include "props/world/entropy.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <random>

#include "props/world/world_fixture.hpp"

extern "C" int RAND_bytes(unsigned char* bytes, int size);

namespace poolproof::world {
namespace {

using Sample = std::array<unsigned char, 16>;

struct Source {
  const char* name;
  void (*fill)(Sample&);
};
void PrintTo(const Source& source, std::ostream* out) { *out << source.name; }

template <class Number>
void fill_with(Sample& sample, Number (*next)()) {
  for (unsigned char& byte : sample) byte = static_cast<unsigned char>(next());
}

const Source kSources[]{
    {"getrandom", [](Sample& s) { (void)!getrandom(s.data(), s.size(), 0); }},
    {"getentropy", [](Sample& s) { (void)!getentropy(s.data(), s.size()); }},
    {"getrandom_as_a_system_call",
     [](Sample& s) { syscall(SYS_getrandom, s.data(), s.size(), 0); }},
    {"RAND_bytes", [](Sample& s) { RAND_bytes(s.data(), static_cast<int>(s.size())); }},
    {"urandom_opened",
     [](Sample& s) {
       const int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
       (void)!read(fd, s.data(), s.size());
       close(fd);
     }},
    {"urandom_as_a_stream",
     [](Sample& s) {
       std::ifstream("/dev/urandom").read(reinterpret_cast<char*>(s.data()), s.size());
     }},
    {"random_device",
     [](Sample& s) {
       std::random_device device;
       for (unsigned char& byte : s) byte = static_cast<unsigned char>(device());
     }},
    {"arc4random_buf", [](Sample& s) { arc4random_buf(s.data(), s.size()); }},
};

class Randomness : public WorldFixture, public testing::WithParamInterface<Source> {
 protected:
  Sample sample(std::uint32_t choice) {
    Sample result{};
    EXPECT_EQ(run({.machine = {choice}}, [&] { GetParam().fill(result); }), Ending::finished);
    return result;
  }
};

TEST_P(Randomness, IsTheSameInEachRunOfTheSameChoices) {
  EXPECT_EQ(sample(0), sample(0));
  EXPECT_EQ(sample(7), sample(7));
}

TEST_P(Randomness, DependsOnAChoice) { EXPECT_NE(sample(0), sample(1)); }

TEST_P(Randomness, IsNoZeros) { EXPECT_NE(sample(0), Sample{}); }

TEST_P(Randomness, IsRealOutsideATask) {
  if (GetParam().name == std::string_view("RAND_bytes")) GTEST_SKIP() << "OpenSSL is not linked";
  Sample first{}, second{};
  GetParam().fill(first);
  GetParam().fill(second);
  EXPECT_NE(first, second);
  EXPECT_NE(first, sample(0));
}

INSTANTIATE_TEST_SUITE_P(Of, Randomness, testing::ValuesIn(kSources),
                         [](const auto& each) { return std::string(each.param.name); });

using Generators = WorldFixture;

// Their state is the process's: the next run would go on where this one stopped.
TEST_F(Generators, OfTheCLibraryBeginAnewInEachRun) {
  std::vector<long> seen;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(run([&] {
                for (const long number : {static_cast<long>(rand()), random(), lrand48(), mrand48(),
                                          static_cast<long>(1e9 * drand48())}) {
                  seen.push_back(number);
                }
              }),
              Ending::finished);
  }
  ASSERT_EQ(seen.size(), 10U);
  EXPECT_EQ(std::vector(seen.begin(), seen.begin() + 5), std::vector(seen.begin() + 5, seen.end()));
}

TEST_F(Generators, KeepTheSeedThatTheyAreGiven) {
  std::vector<int> seen;
  EXPECT_EQ(run([&] {
              for (const unsigned seed : {42U, 43U, 42U}) {
                srand(seed);
                seen.push_back(rand());
              }
            }),
            Ending::finished);
  EXPECT_EQ(seen[0], seen[2]);
  EXPECT_NE(seen[0], seen[1]);
}

TEST_F(Generators, FindTheSameProcessNumberInEveryProcess) {
  pid_t process = 0;
  EXPECT_EQ(run([&] { process = getpid(); }), Ending::finished);
  EXPECT_EQ(process, 1000);
  EXPECT_NE(getpid(), 0);
}

}  // namespace
}  // namespace poolproof::world
