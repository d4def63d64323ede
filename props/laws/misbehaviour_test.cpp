// What a pool under test does to its process is a finding like any other, with a token, and the
// command lives on to tell it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "props/laws/shell.hpp"

namespace poolproof {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

std::string misbehaving(const std::string& name) {
  return " --pool " + kBuild + "/misbehaving/" + name + ".so";
}

// What stands between the sentence of the law and the plan.
std::string evidence_in(const std::string& text) {
  const std::size_t begin = text.find("\n  ");
  return begin == std::string::npos ? "" : text.substr(begin + 1, text.find("\n\n", begin) - begin);
}

struct Misbehaviour {
  const char* plugin;
  const char* law;
  const char* evidence;  // a regular expression
};

void PrintTo(const Misbehaviour& each, std::ostream* out) { *out << each.plugin; }

class MisbehavingPool : public testing::TestWithParam<Misbehaviour> {};

TEST_P(MisbehavingPool, IsFoundAndItsTokenReplays) {
  const auto& [plugin, law, evidence] = GetParam();
  const Output found = poolproof("check --seed 7 --schedules 1000" + misbehaving(plugin));
  EXPECT_EQ(found.status, 1) << found.text;
  EXPECT_THAT(last_line(found.text), ContainsRegex(std::string("^broken: ") + law));
  EXPECT_THAT(evidence_in(found.text), ContainsRegex(evidence));
  EXPECT_THAT(found.text, HasSubstr("connect failed")) << "the story leads up to it";

  const Output replayed = poolproof("replay " + token_in(found.text) + misbehaving(plugin));
  EXPECT_EQ(replayed.status, 1) << replayed.text;
  EXPECT_THAT(last_line(replayed.text), ContainsRegex(std::string("^broken: ") + law));
  EXPECT_THAT(evidence_in(replayed.text), ContainsRegex(evidence));
  EXPECT_THAT(replayed.text, Not(HasSubstr("has changed since")));
}

// A sanitizer finds the first before the C library does, and ends the process itself at the second.
#ifdef POOLPROOF_SANITIZED
constexpr const char* kOfACorruptHeap = "AddressSanitizer: heap-buffer-overflow";
constexpr const char* kOfACrashAtLoad = "loading it ends the process with status 1";
#else
constexpr const char* kOfACorruptHeap = "the process is aborted, after it had written: ";
constexpr const char* kOfACrashAtLoad = "loading it kills the process: signal 11";
#endif

INSTANTIATE_TEST_SUITE_P(
    That, MisbehavingPool,
    testing::Values(
        Misbehaviour{"write_to_null", "CRASH", "segmentation fault at address 0x0"},
        Misbehaviour{"overflow_stack", "CRASH", "the stack of a thread overflows"},
        Misbehaviour{"divide_by_zero", "CRASH", "an integer is divided by zero"},
        Misbehaviour{"corrupt_the_heap", "CRASH", kOfACorruptHeap},
        Misbehaviour{"raise_abort", "CRASH", "the process is aborted"},
        Misbehaviour{"exit_by_function", "CRASH", "the process exits with status 7"},
        Misbehaviour{"exit_by_system_call", "CRASH", "the process exits at once with status 7"},
        Misbehaviour{"report_like_a_sanitizer", "CRASH", ": AddressSanitizer: heap-use-after-free"},
        Misbehaviour{"throw_in_a_thread", "CRASH", "escapes from a thread: nobody catches this"},
        Misbehaviour{"spin", "CRASH", "a thread goes in circles without ever blocking"},
        Misbehaviour{"read_for_ever", "CRASH", "sleeps in a system call that is not simulated"},
        Misbehaviour{"leave_a_waiting_thread", "LIFE", "a thread .* outlives it, waiting for ever"},
        Misbehaviour{"leave_a_sleeping_thread", "LIFE",
                     "outlives it, going on without end .(sleep|resume)"},
        Misbehaviour{"leave_a_running_thread", "(LIFE|STUCK)", "going on without end|in circles"}),
    [](const auto& each) { return each.param.plugin; });

#ifndef POOLPROOF_SANITIZED  // a sanitizer's memory has no bounds

INSTANTIATE_TEST_SUITE_P(
    ThatUsesUpItsMemory, MisbehavingPool,
    testing::Values(Misbehaviour{"leak_by_new", "CRASH", "memory runs out, with 5[0-9]+ MiB"},
                    Misbehaviour{"leak_by_malloc", "CRASH", "fault .* 0x0, with 5[0-9]+ MiB"}),
    [](const auto& each) { return each.param.plugin; });

#endif

TEST(PoolThatAlwaysCrashes, IsFoundInTheFirstSchedule) {
  const Output found = poolproof("check --seed 7" + misbehaving("always_write_to_null"));
  EXPECT_EQ(found.status, 1);
  EXPECT_THAT(last_line(found.text), StartsWith("broken: CRASH after 1 schedules"));
  const Output replayed =
      poolproof("replay " + token_in(found.text) + misbehaving("always_write_to_null"));
  EXPECT_EQ(replayed.status, 1);
  EXPECT_EQ(evidence_in(replayed.text), evidence_in(found.text));
}

TEST(PoolThatCrashes, IsFoundWhateverLawsAreJudged) {
  const Output found =
      poolproof("check --seed 7 --laws DUP --schedules 1000" + misbehaving("write_to_null"));
  EXPECT_THAT(last_line(found.text), StartsWith("broken: CRASH"));
}

// Nobody can tell who sent the signal.
TEST(PoolThatKillsItsProcess, CostsItsBatchesUntilItIsGivenUp) {
  const Output output =
      poolproof("check --seed 7 --jobs 1 --callers 64" + misbehaving("raise_kill"));
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(output.text, HasSubstr("a worker process was killed by signal 9"));
  EXPECT_THAT(last_line(output.text), StartsWith("undecided: "));
}

// ---- not a function of the schedule ----

TEST(PoolThatCountsItsCalls, IsNotDeterministicAndTheFirstStepThatDiffersIsNamed) {
  const Output output = poolproof("check --seed 7" + misbehaving("always_count_its_calls"));
  EXPECT_EQ(output.status, 4);
  EXPECT_THAT(last_line(output.text),
              MatchesRegex("nondeterministic: schedule [0-9]+ of seed 7 took other steps when it "
                           "was run again: step [0-9]+ was [a-z]+ of caller [1-4] at .*s, and then "
                           "[a-z]+ of caller [1-4] at .*"));
  EXPECT_THAT(output.text, HasSubstr("step")) << "and both stacks";
  EXPECT_THAT(output.text, HasSubstr("count_its_calls()"));
}

TEST(PoolThatCrashesOneDay, IsNotDeterministicEither) {
  const Output output = poolproof("check --seed 7" + misbehaving("always_crash_late"));
  EXPECT_EQ(output.status, 4);
  EXPECT_THAT(last_line(output.text),
              AllOf(HasSubstr("went otherwise when it was run again in a fresh process"),
                    HasSubstr("it had ended so: segmentation fault at address 0x0")));
}

// ---- while it is loaded ----

struct Loading {
  const char* plugin;
  const char* says;
};

class PluginThatMisbehaves : public testing::TestWithParam<Loading> {};

TEST_P(PluginThatMisbehaves, WhileItIsLoadedIsBadUsage) {
  const Output output = poolproof("check" + misbehaving(GetParam().plugin));
  EXPECT_EQ(output.status, 2);
  EXPECT_THAT(output.text, AllOf(StartsWith("poolproof: --pool "), HasSubstr(GetParam().says)));
  EXPECT_EQ(std::count(output.text.begin(), output.text.end(), '\n'), 1) << output.text;
}

INSTANTIATE_TEST_SUITE_P(At, PluginThatMisbehaves,
                         testing::Values(Loading{"write_to_null_at_load", kOfACrashAtLoad},
                                         Loading{"exit_by_function_at_load",
                                                 "loading it ends the process with status 7"},
                                         Loading{"spin_at_load",
                                                 "loading it does not come to an end"}));

// ---- workers ----

nlohmann::json report_with(const std::string& arguments) {
  const TemporaryFolder folder;
  poolproof("check --seed 7 --schedules 2000 --json " + folder.file("r") + arguments);
  nlohmann::json report = report_in(folder.file("r"));
  EXPECT_EQ(report.erase("seconds"), 1U);
  EXPECT_EQ(report.erase("schedules_per_second"), 1U);
#ifdef POOLPROOF_SANITIZED
  // Its malloc does not say when a lock's memory becomes another's, and where that happens hangs on
  // the heap of the process.
  EXPECT_EQ(report["coverage"].erase("classes"), 1U);
  EXPECT_EQ(report["coverage"].erase("chance_of_new_class"), 1U);
#endif
  return report;
}

class HowManyWorkers : public testing::TestWithParam<const char*> {};

TEST_P(HowManyWorkers, MakesNoDifferenceButOfTime) {
  const std::string pool = GetParam();
  const auto alone = report_with(pool + " --jobs 1");
  EXPECT_EQ(alone.dump(2), report_with(pool + " --jobs 3").dump(2));
  EXPECT_GT(alone["schedules"], 0);
}

INSTANTIATE_TEST_SUITE_P(Of, HowManyWorkers,
                         testing::Values("", " --faults none",
                                         " --pool " POOLPROOF_BUILD
                                         "/mutants/close_wakes_nobody.so",
                                         " --pool " POOLPROOF_BUILD "/misbehaving/write_to_null.so",
                                         " --pool " POOLPROOF_BUILD
                                         "/misbehaving/exit_by_system_call.so"));

// Real time, because they are real signals.
TEST(WorkerThatIsKilledFromOutside, CostsItsBatchAndTheSearchGoesOn) {
  const Output output = shell(kBuild +
                              "/poolproof check --for 600ms --jobs 1 & sleep 0.3; "
                              "kill -KILL $(cat /proc/$!/task/$!/children); wait $!");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(
      output.text,
      ContainsRegex("a worker process was killed by signal 9 in schedules [0-9]+ to [0-9]+, "
                    "which are not counted\n"));
  EXPECT_THAT(last_line(output.text), MatchesRegex("held: [0-9]+ schedules, 0 violations"));
}

TEST(Workers, DoNotOutliveTheCommand) {
  const Output output =
      shell(kBuild +
            "/poolproof check --for 10m --jobs 2 & sleep 0.3; "
            "workers=$(cat /proc/$!/task/$!/children); kill -KILL $!; wait $!; sleep 0.2; "
            "echo workers: $workers; for each in $workers; do grep State /proc/$each/status; done");
  EXPECT_THAT(output.text, ContainsRegex("workers: [0-9]+ [0-9]+"));
  EXPECT_THAT(output.text, AllOf(Not(HasSubstr("running")), Not(HasSubstr("sleeping"))));
}

TEST(Check, EndsCleanlyWhenItIsTerminated) {
  const Output output =
      shell("timeout --preserve-status 0.3 " + kBuild + "/poolproof check --for 10m");
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(last_line(output.text), StartsWith("undecided: ended after "));
}

}  // namespace
}  // namespace poolproof
