#include "props/check/exploration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "props/check/processes/explorer.hpp"
#include "props/check/processes/retrial.hpp"
#include "props/check/processes/watch.hpp"

namespace poolproof::check {
namespace {

using Clock = std::chrono::steady_clock;
using explore::dpor::Part;
using explore::dpor::Rounds;
using namespace std::chrono_literals;

constexpr auto kPeriod = 50ms;
// Workers that were killed by somebody else one after the other.
constexpr int kMostLosses = 5;
// Parts that one worker is given at once: those near the end are small.
constexpr std::size_t kMostParts = 64;
// Stems, of a round.
constexpr std::size_t kMostStems = 4096;
// An estimate gets better slowly.
constexpr std::uint64_t kMostEstimated = 5'000;
constexpr auto kLongestEstimate = 2s;

class Explorers {
 public:
  Explorers(const Accused& accused, const ExplorationOptions& options,
            const ExplorationProgress& progress, Explorable seen)
      : accused_(accused), options_(options), progress_(progress) {
    static_cast<Explorable&>(result_) = std::move(seen);
    result_.scenario = scenario_of(options);
  }

  Exploration run() {
    while (hire() || !workers_.empty()) {
      std::vector<const Child*> children;
      for (const Worker& worker : workers_) children.push_back(&worker.child);
      wait_for(children, kPeriod);
      std::erase_if(workers_, [this](Worker& worker) { return !attend(worker); });
      watch();
      if (!goes_on()) board_->stop = true;
    }
    if (incident_) {
      conclude();
    } else if (is_bounded() ? result_.rounds.is_done() : result_.left.is_done()) {
      result_.verdict = Verdict::held;
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(result_);
  }

 private:
  // Parts, or a share of a round.
  struct Work {
    std::vector<Part> parts{};
    std::optional<Rounds> share{};
  };

  struct Worker {
    Work work;
    std::uint64_t executions;  // that it may use
    Shared<Slate> slate;
    Child child;
    Watch watch{};
    std::optional<std::string> hung{};
  };

  bool goes_on() {
    if (Clock::now() >= next_progress_) {
      next_progress_ = Clock::now() + kPeriod;
      interrupted_ |= !progress_(result_);
    }
    return !interrupted_ && !incident_ &&
           !(options_.patience && Clock::now() - start_ >= *options_.patience);
  }

  // ---- the workers ----

  [[nodiscard]] bool is_bounded() const { return options_.most_preemptions.has_value(); }

  // Pieces of work that nobody has.
  std::size_t ready() {
    if (!is_bounded()) return result_.left.ready();
    Rounds& rounds = result_.rounds;
    while (rounds.left.empty() && !rounds.later.empty() && workers_.empty() &&
           rounds.preemptions < *options_.most_preemptions) {
      rounds.begin_next();
    }
    return rounds.left.size();
  }

  Work take(std::size_t most) {
    if (is_bounded()) return {.share = result_.rounds.share(std::min(most, kMostStems))};
    Work work;
    while (work.parts.size() < std::min(most, kMostParts)) {
      work.parts.push_back(*result_.left.take());
    }
    return work;
  }

  // What nothing came of.
  void give_back(Work work) {
    for (const Part& part : work.parts) result_.left.give_back(part);
    if (work.share) result_.rounds.add(*std::move(work.share));
  }

  // Until there are enough for what is left to do. False if none was needed.
  bool hire() {
    bool any = false;
    const auto jobs = static_cast<std::size_t>(options_.jobs);
    while (workers_.size() < jobs && losses_ < kMostLosses && !board_->stop) {
      const std::size_t idle = jobs - workers_.size();
      const std::uint64_t left = unpromised();
      const std::uint64_t executions = left / idle + (left % idle == 0 ? 0 : 1);
      const std::size_t share = (ready() + idle - 1) / idle;
      if (executions == 0 || share == 0) break;
      workers_.push_back(worker_on(take(share), executions));
      any = true;
    }
    return any;
  }

  // Executions that nobody has been given.
  [[nodiscard]] std::uint64_t unpromised() const {
    std::uint64_t used = result_.executions;
    for (const Worker& worker : workers_) used += worker.executions;
    return options_.most_executions - std::min(used, options_.most_executions);
  }

  // A longer exploration has longer slices: what it costs to begin one becomes small.
  Worker worker_on(Work work, std::uint64_t executions) {
    Shared<Slate> slate;
    const Slice slice{
        Clock::now() + std::clamp<Clock::duration>((Clock::now() - start_) / 4, 100ms, 2s),
        executions};
    Child child([&](const Outbox& out) {
      const Job job{accused_, search_, *board_, *slate, cold_, false};
      if (work.share) {
        explore_round(job, options_, *work.share, result_.rounds.seen, slice, out);
      } else {
        explore_parts(job, options_, work.parts, slice, out);
      }
    });
    return {std::move(work), executions, std::move(slate), std::move(child)};
  }

  // False when it has ended.
  bool attend(Worker& worker) {
    const auto status = worker.child.ended();
    for (const auto& message : worker.child.messages()) take(worker, message.get<Explored>());
    if (!status) return true;
    give_back(std::move(worker.work));
    bury(worker, *status);
    return false;
  }

  void take(Worker& worker, Explored explored) {
    losses_ = 0;
    result_.executions += explored.classes.size();
    worker.executions -= std::min<std::uint64_t>(worker.executions, explored.classes.size());
    result_.redundant += explored.redundant;
    result_.approximate |= explored.approximate;
    result_.steps += explored.steps;
    result_.classes.insert(explored.classes.begin(), explored.classes.end());
    if (worker.work.share) {
      worker.work.share.reset();
      result_.rounds.add(std::move(explored.rounds));
    } else {
      worker.work.parts.erase(worker.work.parts.begin());
      result_.left.give_back(std::move(explored.remainder));
    }
    if (explored.incident) found(*std::move(explored.incident), std::move(explored.disallowed));
  }

  void found(Incident incident, std::optional<Disallowed> disallowed = {}) {
    if (incident_) return;
    disallowed_ = std::move(disallowed);
    incident.schedule = result_.executions == 0 ? 0 : result_.executions - 1;
    incident_ = std::move(incident);
    board_->stop = true;
  }

  void watch() {
    for (Worker& worker : workers_) {
      if (worker.hung) continue;
      worker.hung = worker.watch.hangs(worker.child, *worker.slate);
      if (worker.hung) worker.child.kill();
    }
  }

  void bury(const Worker& worker, int status) {
    const Slate& slate = *worker.slate;
    if (!worker.hung && killed_from_outside(status, slate)) {
      ++losses_;
      return;
    }
    if (!slate.is_ready() && !cold_) {
      cold_ = true;
      return;
    }
    if (!worker.hung && status == 0 && slate.stage() == Stage::between) return;
    const std::string cause = cause_of_death(status, slate, worker.child, worker.hung);
    if (!slate.is_ready()) throw std::runtime_error("a worker process cannot begin: " + cause);
    found({.tape = slate.tape(), .slow = worker.hung.has_value(), .detail = cause});
  }

  // ---- the end ----

  void conclude() {
    result_.verdict = incident_->verdict;
    result_.detail = incident_->detail;
    if (incident_->verdict != Verdict::broken) return;
    Retrial retrial(
        accused_, search_,
        [this](std::uint64_t) {
          interrupted_ |= !progress_(result_);
          return !interrupted_;
        },
        cold_);
    if (disallowed_) return tell_unexplained(retrial);
    result_.finding = retrial.investigate(*incident_);
    if (result_.finding) {
      result_.detail.clear();
      return;
    }
    result_.verdict = Verdict::nondeterministic;
    result_.detail = fmt::format(
        "execution {} went otherwise when it was run again in a fresh process: the pool depends on "
        "something that is not simulated{}{}",
        incident_->schedule + 1,
        incident_->detail.empty() ? "" : "; it had ended so: ", incident_->detail);
  }

  void tell_unexplained(Retrial& retrial) {
    Telling telling = retrial.tell({options_.bounds, incident_->tape});
    const auto run = fingerprint(telling);
    result_.unexplained = {*std::move(disallowed_),
                           std::move(telling.story),
                           {options_.bounds, std::move(telling.tape), run}};
  }

  const Accused& accused_;
  const ExplorationOptions& options_;
  const ExplorationProgress& progress_;
  const SearchOptions search_ = search_options(options_);
  const Clock::time_point start_ = Clock::now();
  Clock::time_point next_progress_ = start_;

  Shared<Board> board_;
  std::vector<Worker> workers_;
  bool cold_ = false;
  bool interrupted_ = false;
  int losses_ = 0;
  std::optional<Incident> incident_;
  std::optional<Disallowed> disallowed_;  // of that, if it broke no law
  Exploration result_;
};

std::string text(const scenario::Limit& limit) {
  return limit ? scenario::to_text(*limit) : "never";
}

}  // namespace

std::uint64_t Exploration::digest() const {
  std::vector<std::uint64_t> sorted(classes.begin(), classes.end());
  std::sort(sorted.begin(), sorted.end());
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint64_t each : sorted) hash = (hash ^ each) * 0x100000001b3;
  return hash;
}

std::optional<Estimated> estimate(const Accused& accused, const ExplorationOptions& options) {
  const SearchOptions search = search_options(options);
  const Shared<Board> board;
  const Shared<Slate> slate;
  const Slice slice{Clock::now() + kLongestEstimate, kMostEstimated};
  Child child([&](const Outbox& out) {
    estimate_classes({accused, search, *board, *slate, false, false}, options, slice, out);
  });
  while (!child.ended()) {
    wait_for({&child}, kPeriod);
    if (Clock::now() > slice.end + kLongestEstimate) return std::nullopt;
  }
  const auto messages = child.messages();
  if (messages.empty()) return std::nullopt;
  return messages.front().get<Estimated>();
}

Exploration explore(const Accused& accused, const ExplorationOptions& options,
                    const ExplorationProgress& progress, Explorable seen) {
  return Explorers(accused, options, progress, std::move(seen)).run();
}

SearchOptions search_options(const ExplorationOptions& options) {
  SearchOptions search;
  search.bounds = options.bounds;
  search.laws = options.laws;
  search.carrier = options.carrier;
  return search;
}

scenario::Scenario scenario_of(const ExplorationOptions& options) {
  scenario::Planned planned(options.plan, options.bounds);
  return scenario::draw(options.bounds, planned);
}

std::string summary(const ExplorationOptions& options, const scenario::Scenario& scenario) {
  const bool has_chore = options.plan.chore != scenario::Chore::none;
  const int callers = options.bounds.callers - (has_chore ? 1 : 0);
  std::string text =
      fmt::format("{} caller{} x {}", callers, callers == 1 ? "" : "s", options.bounds.ops);
  if (has_chore) text += fmt::format(", another who says {}", name(options.plan.chore));
  text += fmt::format(", pool {}+{}", scenario.pool.pool_size, scenario.pool.max_overflow);
  if (scenario.pool.pool_class != model::PoolClass::queue_pool) {
    text += fmt::format(" ({})", model::name(scenario.pool.pool_class));
  }
  if (scenario.pool.timeout) {
    text += fmt::format(", timeout {}", check::text(scenario.pool.timeout));
  }
  if (scenario.pool.recycle) {
    text += fmt::format(", recycle {}", check::text(scenario.pool.recycle));
  }
  if (scenario.pool.pre_ping) text += ", pre-ping";
  if (options.plan.think != Duration::zero()) {
    text += fmt::format(", think {}", scenario::to_text(options.plan.think));
  }
  if (options.plan.hold != Duration::zero()) {
    text += fmt::format(", hold {}", scenario::to_text(options.plan.hold));
  }
  if (options.plan.use != scenario::Use::query) {
    text += fmt::format(", use {}", scenario::spelled(options.plan.use));
  }
  if (options.plan.remark != scenario::Remark::none) {
    text += fmt::format(", {}", name(options.plan.remark));
  }
  text += ", " + (options.budget_text.empty() ? std::string("no faults") : options.budget_text);
  return text + fmt::format(", {} time", world::name(options.bounds.time));
}

}  // namespace poolproof::check
