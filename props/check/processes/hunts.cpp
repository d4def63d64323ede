#include "props/check/processes/hunts.hpp"

#include <fmt/format.h>

#include <exception>

#include "props/check/processes/child.hpp"
#include "props/check/processes/crew.hpp"
#include "props/check/processes/loading.hpp"

namespace poolproof::check {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kPeriod = 50ms;

// ---- messages ----

json message_of(const Extent& size) {
  return {size.callers, size.loans, size.operations, size.preemptions, size.switches};
}

Extent size_in(const json& from) { return {from[0], from[1], from[2], from[3], from[4]}; }

json message_of(const HuntResult& outcome) {
  json smallest;
  if (outcome.smallest) {
    const Smallest& it = *outcome.smallest;
    smallest = {it.seconds, it.token, it.size ? message_of(*it.size) : json()};
  }
  return {outcome.verdict, outcome.schedules, outcome.law,   outcome.strategy,
          outcome.seconds, smallest,          outcome.remark};
}

HuntResult outcome_in(const json& from) {
  HuntResult outcome{.verdict = from[0],
                     .schedules = from[1],
                     .law = from[2],
                     .strategy = from[3],
                     .seconds = from[4],
                     .remark = from[6]};
  if (const json& it = from[5]; !it.is_null()) {
    outcome.smallest = {.seconds = it[0], .token = it[1], .size = {}};
    if (!it[2].is_null()) outcome.smallest->size = size_in(it[2]);
  }
  return outcome;
}

// ---- one search, in its process ----

SearchOptions options_of(const Hunt& hunt, const Accused& accused, std::uint64_t schedules) {
  SearchOptions options;
  options.laws = default_laws(accused);
  options.laws.insert(hunt.exhibit->targets.begin(), hunt.exhibit->targets.end());
  options.laws.insert(model::LawId::crash);
  if (!accused.thread_locals().empty()) options.carrier = world::CarrierKind::thread;
  options.bounds = hunt.exhibit->bounds;
  options.seed = hunt.seed;
  options.schedules = schedules;
  options.strategy = hunt.strategy;
  options.shrinks = hunt.shrinks;
  return options;
}

// Nothing of a run that is not explained.
std::optional<Extent> size_of(const Finding& finding) {
  const auto& why = finding.explanation;
  if (!why) return std::nullopt;
  return Extent{.callers = why->callers,
                .loans = why->loans,
                .operations = why->operations(),
                .preemptions = why->preemptions,
                .switches = why->switches};
}

Smallest smallest_of(const SearchResult& result) {
  return {.seconds = result.shrinking_seconds,
          .token = explore::to_text(result.finding->token),
          .size = size_of(*result.finding)};
}

HuntResult outcome_of(const SearchResult& result) {
  HuntResult outcome{.verdict = result.verdict,
                     .schedules = result.schedules,
                     .seconds = result.seconds - result.shrinking_seconds,
                     .remark = result.detail};
  if (result.verdict != Verdict::broken) return outcome;
  outcome.schedules = result.incident->schedule + 1;
  outcome.law = result.incident->law;
  outcome.strategy = result.incident->strategy;
  outcome.remark.clear();
  if (result.finding) outcome.smallest = smallest_of(result);
  return outcome;
}

HuntResult searched(const Hunt& hunt, std::uint64_t schedules) {
  const auto loaded = Accused::load(hunt.exhibit->file);
  if (const auto* const why = std::get_if<std::string>(&loaded)) return {.remark = *why};
  const Accused& accused = std::get<Accused>(loaded);
  const auto on = [](std::uint64_t) { return true; };
  const auto unheard = [](const std::string&) {};
  return outcome_of(search_by_crew(accused, options_of(hunt, accused, schedules), 1, on, unheard));
}

void search_once(const Hunt& hunt, std::uint64_t schedules, const Outbox& out) {
  try {
    out.send(message_of(searched(hunt, schedules)));
  } catch (const std::exception& error) {
    out.send(message_of(HuntResult{.remark = error.what()}));
  }
}

// ---- all of them ----

class Party {
 public:
  Party(const std::vector<Hunt>& hunts, std::uint64_t schedules, int jobs)
      : hunts_(hunts),
        schedules_(schedules),
        jobs_(static_cast<std::size_t>(jobs)),
        outcomes_(hunts.size()) {}

  std::vector<std::optional<HuntResult>> run(const HuntProgress& progress) {
    bool goes_on = true;
    while (goes_on && (send_more() || !out_.empty())) {
      std::vector<const Child*> children;
      for (const Hunter& hunter : out_) children.push_back(&hunter.child);
      wait_for(children, kPeriod);
      std::erase_if(out_, [this](Hunter& hunter) { return is_back(hunter); });
      goes_on = progress(done_);
    }
    return std::move(outcomes_);
  }

 private:
  struct Hunter {
    std::size_t number;
    Child child;
  };

  // False if all are on their way.
  bool send_more() {
    bool any = false;
    for (; out_.size() < jobs_ && next_ < hunts_.size(); ++next_) {
      const Hunt& hunt = hunts_[next_];
      out_.push_back(
          {next_, Child([&](const Outbox& out) { search_once(hunt, schedules_, out); })});
      any = true;
    }
    return any;
  }

  bool is_back(Hunter& hunter) {
    if (!hunter.child.ended()) return false;
    const auto messages = hunter.child.messages();
    outcomes_[hunter.number] =
        messages.empty() ? HuntResult{.remark = "its process ended: " + hunter.child.last_words()}
                         : outcome_in(messages.front());
    ++done_;
    return true;
  }

  const std::vector<Hunt>& hunts_;
  const std::uint64_t schedules_;
  const std::size_t jobs_;
  std::vector<Hunter> out_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
  std::vector<std::optional<HuntResult>> outcomes_;
};

}  // namespace

std::optional<std::string> why_unusable(const Exhibit& exhibit) {
  Child child([&](const Outbox& out) {
    const auto loaded = load_guarded(exhibit.file);
    const auto* const why = std::get_if<std::string>(&loaded);
    out.send(why == nullptr ? "" : *why);
  });
  while (!child.ended()) wait_for({&child}, kPeriod);
  const auto messages = child.messages();
  if (messages.empty()) return fmt::format("{}: loading it ends the process", exhibit.file);
  const auto why = messages.front().get<std::string>();
  return why.empty() ? std::nullopt : std::optional(why);
}

std::vector<std::optional<HuntResult>> hunt(const std::vector<Hunt>& hunts, std::uint64_t schedules,
                                            int jobs, const HuntProgress& progress) {
  return Party(hunts, schedules, jobs).run(progress);
}

}  // namespace poolproof::check
