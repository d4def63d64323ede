#include "props/check/processes/rerun.hpp"

#include <fmt/format.h>

#include <utility>

#include "props/check/processes/retrial.hpp"
#include "props/explore/near.hpp"

namespace poolproof::check {
namespace {

using explore::Token;

// In what the run, as it went now, differs from what is known of it.
void compare(Rerun& again, const Trace* before) {
  if (before == nullptr || before->steps.empty() || again.replay.trace.steps.empty()) {
    again.difference = again.replay.difference;
    return;
  }
  const auto step = first_differing_step(*before, again.replay.trace);
  if (!step) return;
  again.step = *step + 1;
  again.difference = fmt::format("step {} was {} and is now {}", *step + 1,
                                 step_text(*before, *step), step_text(again.replay.trace, *step));
}

void search_near(Rerun& again, const Accused& accused, const Token& token,
                 const SearchOptions& search, const RerunOptions& options, const Progress& progress,
                 const Notice& notice) {
  SearchOptions near = search;
  near.bounds = token.bounds;
  near.near = token.tape;
  near.seed = explore::seed_of(token.tape);
  near.schedules = options.near;
  near.patience.reset();
  SearchResult result = search_by_crew(accused, near, options.jobs, progress, notice);
  again.verdict = result.verdict;
  again.detail = std::move(result.detail);
  again.searched = result.schedules;
  again.finding = std::move(result.finding);
}

std::string_view law_of(const Finding& finding) {
  return model::id(finding.violations.front().law);
}

}  // namespace

Rerun rerun(const Accused& accused, const Token& token, const Trace* trace,
            const SearchOptions& search, const RerunOptions& options, const Progress& progress,
            const Notice& notice) {
  SearchOptions replayed = search;
  replayed.bounds = token.bounds;
  Retrial retrial(accused, replayed, [](std::uint64_t) { return true; });
  Rerun again{.replay = retrial.replay(token)};
  const ReplayResult& replay = again.replay;
  if (!replay.unsupported.empty()) {
    again.verdict = Verdict::unsupported;
    again.detail = replay.unsupported;
    return again;
  }
  if (!replay.nondeterministic.empty()) {
    again.verdict = Verdict::nondeterministic;
    again.detail = replay.nondeterministic;
    return again;
  }
  compare(again, trace);
  if (!replay.violations.empty()) {
    again.verdict = Verdict::broken;
    again.finding = Finding{.violations = replay.violations,
                            .story = replay.story,
                            .token = token,
                            .schedule = 1,
                            .trace = replay.trace};
    return again;
  }
  if (differs(again) && options.near > 0) {
    search_near(again, accused, token, search, options, progress, notice);
  }
  return again;
}

std::optional<Finding> shrunk(const Accused& accused, const Token& token,
                              std::optional<model::LawId> law, const SearchOptions& search,
                              const Progress& goes_on) {
  SearchOptions options = search;
  options.bounds = token.bounds;
  Retrial retrial(accused, options, goes_on);
  const Telling telling = retrial.tell({token.bounds, token.tape});
  if (telling.violations.empty() || (law && !breaks(telling, *law))) return std::nullopt;
  return retrial.investigate({.tape = telling.tape,
                              .law = law.value_or(telling.violations.front().law),
                              .hash = telling.hash});
}

bool differs(const Rerun& rerun) { return !rerun.replay.fits || !rerun.difference.empty(); }

std::string outcome(const Rerun& rerun) {
  std::string text;
  if (rerun.step) text = fmt::format("differs from step {} on; ", *rerun.step);
  if (differs(rerun)) text += "the code has changed: ";
  if (!rerun.difference.empty()) text += rerun.difference + ": ";
  const bool near = rerun.searched > 0;
  switch (rerun.verdict) {
    case Verdict::held:
      return text +
             (near ? fmt::format("searched {} schedules near it, held", rerun.searched) : "held");
    case Verdict::broken:
      return text + (near ? fmt::format("broken in schedule {} near it: {}",
                                        rerun.finding->schedule, law_of(*rerun.finding))
                          : fmt::format("broken again: {}", law_of(*rerun.finding)));
    case Verdict::undecided: return text + "searched near it, and was interrupted";
    case Verdict::nondeterministic: return "not deterministic: " + rerun.detail;
    case Verdict::unsupported: return "skipped: " + rerun.detail;
  }
  return text;
}

std::string remarks(const Rerun& rerun) {
  std::string text;
  if (!rerun.replay.fits) {
    text += "the token no longer fits the code: from some choice on the plainest were taken\n";
  }
  if (!rerun.difference.empty()) {
    text += fmt::format(
        "the run is not the one that the token was made of, the code has changed since: {}\n",
        rerun.difference);
  }
  if (rerun.searched == 0) return text;
  if (rerun.verdict == Verdict::broken) {
    return text +
           fmt::format("but schedule {} of those near it breaks a law\n", rerun.finding->schedule);
  }
  if (rerun.verdict != Verdict::held) return text;
  return text +
         fmt::format("not found in {} schedules near it: mended, perhaps; this is no proof\n",
                     rerun.searched);
}

}  // namespace poolproof::check
