// RACE, and pools without locks, as a user meets them: plugins built with poolproof_instrument(),
// judged by the command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string kBuild = POOLPROOF_BUILD;

// What a pool of a few lines can promise, of a server where nothing goes wrong.
const std::string kModest =
    " --pool-size 3 --max-overflow 0 --recycle never --faults none"
    " --laws CAP,DUP,LEAK,WAKE,STUCK,CRASH";

struct Output {
  int status;
  std::string text;  // standard output and standard error
};

Output poolproof(const std::string& arguments) {
  std::FILE* const pipe = popen((kBuild + "/poolproof " + arguments + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer;
  while (std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

std::string plugin(const std::string& name) {
  return " --pool " + kBuild + "/instrumented/" + name + ".so";
}

// The command that the last line ends with.
std::string replay_in(const std::string& text) {
  const std::size_t begin = text.rfind("poolproof replay ");
  if (begin == std::string::npos) return {};
  return text.substr(begin + 10, text.find('\n', begin) - begin - 10);
}

TEST(LockFreeStack, HoldsWithTags) {
  const Output output =
      poolproof("check --seed 7 --schedules 5000" + kModest + ",RACE" + plugin("tagged"));
  EXPECT_EQ(output.status, 0) << output.text;
}

TEST(LockFreeStack, LendsAConnectionTwiceWithoutTags) {
  const Output output =
      poolproof("check --seed 1 --schedules 20000" + kModest + plugin("untagged"));
  EXPECT_EQ(output.status, 1);
  // One that is lent twice comes back twice: then others are too many.
  EXPECT_THAT(output.text, ContainsRegex("\nbroken: (DUP|CAP) after"));
  const std::string command = replay_in(output.text);
  const Output first = poolproof(command);
  EXPECT_EQ(first.status, 1);
  EXPECT_THAT(first.text,
              AllOf(ContainsRegex("\nbroken: (DUP|CAP)"), Not(HasSubstr("has changed since"))));
  for (int i = 1; i < 10; ++i) EXPECT_EQ(poolproof(command).text, first.text);
}

TEST(LeaseCounter, RacesIfItIsAPlainInteger) {
  const Output output =
      poolproof("check --seed 7 --schedules 1000" + kModest + ",RACE" + plugin("plain_counter"));
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(output.text, HasSubstr("\nbroken: RACE after"));
  EXPECT_THAT(output.text, HasSubstr("with nothing to order the two"));
  EXPECT_THAT(output.text, HasSubstr("writes 4 bytes, in "));
  EXPECT_THAT(output.text, HasSubstr("plain_counter.so+0x"));
  const std::string command = replay_in(output.text);
  const Output first = poolproof(command);
  EXPECT_THAT(first.text, HasSubstr("\nbroken: RACE"));
  for (int i = 1; i < 10; ++i) EXPECT_EQ(poolproof(command).text, first.text);
}

TEST(OurPool, HasNoRace) {
  const Output output = poolproof("check --seed 7 --schedules 2000" + plugin("ours"));
  EXPECT_EQ(output.status, 0) << output.text;
}

TEST(Race, IsNotJudgedOfAPoolThatTellsOfNothing) {
  const Output output = poolproof("check --laws RACE");
  EXPECT_EQ(output.status, 2);
  EXPECT_EQ(output.text,
            "poolproof: --laws: RACE needs a plugin that tells of its accesses to memory, which "
            "poolproof::Pool does not; build one with poolproof_instrument()\n");
}

}  // namespace
