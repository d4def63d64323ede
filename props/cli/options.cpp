#include "props/cli/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "model/laws.hpp"
#include "props/adapters/ours.hpp"
#include "props/check/processes/loading.hpp"
#include "props/world/faults.hpp"

namespace poolproof::cli {

ExitStatus status_of(check::Verdict verdict) {
  switch (verdict) {
    case check::Verdict::held: return ExitStatus::held;
    case check::Verdict::broken: return ExitStatus::broken;
    case check::Verdict::undecided: return ExitStatus::undecided;
    case check::Verdict::nondeterministic: return ExitStatus::nondeterministic;
    case check::Verdict::unsupported: return ExitStatus::bad_usage;
  }
  return ExitStatus::bad_usage;
}

namespace {

using scenario::Bounds;
using scenario::Limit;

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Limit read_limit(std::string_view option, const std::string& text) {
  if (text == "never") return std::nullopt;
  if (const auto duration = scenario::parse_duration(text)) return *duration;
  throw UsageError(fmt::format("{} takes a duration such as 250ms, 30s or 5m, or never, not '{}'",
                               option, text));
}

model::ResetOnReturn read_reset(const std::string& text) {
  using model::ResetOnReturn;
  for (const auto reset : {ResetOnReturn::rollback, ResetOnReturn::commit, ResetOnReturn::discard,
                           ResetOnReturn::none}) {
    if (text == model::name(reset)) return reset;
  }
  throw UsageError(
      fmt::format("--reset-on-return takes rollback, commit, discard or none, not '{}'", text));
}

// One, or those of a group; none if nothing is called so.
world::FaultSet faults_named(std::string_view name) {
  world::FaultSet faults;
  for (std::size_t i = 0; i < world::kFaultKinds; ++i) {
    const auto group = static_cast<std::size_t>(world::group_of(static_cast<world::FaultKind>(i)));
    faults[i] = name == world::kFaults[i].name || name == world::kFaultGroups[group];
  }
  return faults;
}

world::FaultSet read_faults(const std::string& text) {
  world::FaultSet faults;
  if (text == "none") return faults;
  if (text == "all") return faults.set();
  for (const std::string& name : split(text)) {
    const world::FaultSet named = faults_named(name);
    if (named.none()) {
      throw UsageError(fmt::format(
          "--faults: there is no fault '{}'; `poolproof check --faults help` lists them", name));
    }
    faults |= named;
  }
  return faults;
}

constexpr std::string_view kBounded = "bounded:";

void read_time(const std::string& text, Bounds& bounds) {
  using world::TimeMode;
  for (const TimeMode mode : {TimeMode::lazy, TimeMode::racing}) {
    if (text != world::name(mode)) continue;
    bounds.time = mode;
    return;
  }
  const auto bound = text.starts_with(kBounded)
                         ? scenario::parse_duration(text.substr(kBounded.size()))
                         : std::nullopt;
  if (!bound) {
    throw UsageError(fmt::format(
        "--time takes lazy, racing, or bounded and a duration as in bounded:10ms, not '{}'", text));
  }
  bounds.time = TimeMode::bounded;
  bounds.time_bound = *bound;
}

}  // namespace

std::int64_t read_number(std::string_view option, const std::string& text, std::int64_t least,
                         std::int64_t most) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && number >= least && number <= most) return number;
  if (most == std::numeric_limits<std::int64_t>::max()) {
    throw UsageError(
        fmt::format("{} takes a number of at least {}, not '{}'", option, least, text));
  }
  throw UsageError(
      fmt::format("{} takes a number from {} to {}, not '{}'", option, least, most, text));
}

scenario::Duration read_duration(std::string_view option, const std::string& text) {
  if (const auto duration = scenario::parse_duration(text)) return *duration;
  throw UsageError(
      fmt::format("{} takes a duration such as 250ms, 30s or 5m, not '{}'", option, text));
}

std::vector<std::string_view> ids(const std::set<model::LawId>& laws) {
  std::vector<std::string_view> ids(laws.size());
  std::transform(laws.begin(), laws.end(), ids.begin(), &model::id);
  return ids;
}

std::set<model::LawId> read_laws(const std::string& text, const std::set<model::LawId>& judged) {
  std::set<model::LawId> laws;
  for (const std::string& name : split(text)) {
    const auto law = model::law_named(name);
    if (!law || !judged.contains(*law)) {
      throw UsageError(fmt::format("--laws: '{}' is not judged here; take some of {}", name,
                                   fmt::join(ids(judged), ",")));
    }
    laws.insert(*law);
  }
  return laws;
}

// ---- bounds ----

void PoolOptionTexts::add_to(CLI::App& command) {
  command.add_option("--pool-size", pool_size_, "connections kept when idle; 0: no limit at all");
  command.add_option("--max-overflow", max_overflow_, "more under load; -1: no limit");
  command.add_option("--timeout", timeout_, "of an acquire: a duration, or never");
  command.add_option("--recycle", recycle_, "replace a connection older than this, or never");
  command.add_option("--patience", patience_,
                     "a waiter who waits longer is not overtaken; 0s: none is");
  // Not add_flag() to an optional: CLI11 then calls what was not given false.
  const auto add_switch = [&](const char* names, std::optional<bool>& given, const char* what) {
    command.add_flag_function(
        names, [&given](std::int64_t count) { given = count > 0; }, what);
  };
  add_switch("--lifo,!--no-lifo", lifo_,
             "take the connection given back last, not the one idle longest");
  add_switch("--pre-ping,!--no-pre-ping", pre_ping_,
             "ping what comes from the pool before it is leased");
  command.add_option("--reset-on-return", reset_, "rollback, commit, discard or none");
}

Bounds PoolOptionTexts::read() const {
  constexpr int kMost = std::numeric_limits<int>::max();
  Bounds bounds;
  if (pool_size_) {
    bounds.pool_size = static_cast<int>(read_number("--pool-size", *pool_size_, 0, kMost));
  }
  if (max_overflow_) {
    bounds.max_overflow =
        static_cast<int>(read_number("--max-overflow", *max_overflow_, -1, kMost));
  }
  if (timeout_) bounds.timeout = read_limit("--timeout", *timeout_);
  if (recycle_) bounds.recycle = read_limit("--recycle", *recycle_);
  if (patience_) bounds.patience = read_duration("--patience", *patience_);
  bounds.use_lifo = lifo_;
  bounds.pre_ping = pre_ping_;
  if (reset_) bounds.reset_on_return = read_reset(*reset_);
  return bounds;
}

void BoundsOptions::add_to(CLI::App& command) {
  pool_.add_to(command);
  command.add_option("--callers", callers_, "threads that use the pool")->capture_default_str();
  command.add_option("--ops", ops_, "loans that each takes")->capture_default_str();
  command
      .add_option("--faults", faults_, "all, none, or a list of faults and groups; help lists them")
      ->capture_default_str();
  command
      .add_option(
          "--time", time_,
          "racing: time may pass while a thread could run, as if it were slow; bounded:10ms: "
          "by no more; lazy: never")
      ->capture_default_str();
}

Bounds BoundsOptions::read() const {
  Bounds bounds = pool_.read();
  bounds.callers = static_cast<int>(read_number("--callers", callers_, 1, scenario::kMostCallers));
  bounds.ops = static_cast<int>(read_number("--ops", ops_, 1, scenario::kMostOps));
  bounds.faults = read_faults(faults_);
  read_time(time_, bounds);
  if (const auto wrong = scenario::problem(bounds)) throw UsageError(*wrong);
  return bounds;
}

// ---- accused ----

void AccusedOptions::add_to(CLI::App& command) {
  command
      .add_option("--pool", pool_,
                  "the pool to judge: ours, NullPool or AssertionPool of ours, or a plugin FILE.so")
      ->capture_default_str();
  command.add_option("--laws", laws_, "all (of a plugin all but FAIR), or a list such as CAP,DUP")
      ->capture_default_str();
  command
      .add_option("--carrier", carrier_,
                  "what simulated threads run on: fiber is fastest; thread is for pools that use "
                  "thread_local storage, and for debuggers")
      ->capture_default_str();
}

check::Accused AccusedOptions::accused() const {
  if (pool_ == "ours") return check::ours();
  if (const auto known = adapters::ours_of_class(pool_)) {
    return check::Accused(known->adapter, known->extension, pool_);
  }
  auto loaded = check::load_guarded(pool_);
  if (const auto* const why = std::get_if<std::string>(&loaded)) throw UsageError(*why);
  return std::get<check::Accused>(std::move(loaded));
}

world::CarrierKind AccusedOptions::carrier(const check::Accused& accused) const {
  using world::CarrierKind;
  if (carrier_ == world::name(CarrierKind::thread)) return CarrierKind::thread;
  if (carrier_ != world::name(CarrierKind::fiber)) {
    throw UsageError(fmt::format("--carrier takes fiber or thread, not '{}'", carrier_));
  }
  if (!accused.thread_locals().empty()) {
    throw UsageError(fmt::format(
        "--pool {}: {} has thread_local storage, which fibers would share: use --carrier thread",
        accused.file(), accused.thread_locals().front()));
  }
  return CarrierKind::fiber;
}

check::Laws AccusedOptions::laws(const check::Accused& accused) const {
  check::Laws laws =
      laws_ == "all" ? check::default_laws(accused) : read_laws(laws_, check::judged_laws());
  if (laws.contains(model::LawId::race) && !accused.instrumented()) {
    throw UsageError(fmt::format(
        "--laws: RACE needs a plugin that tells of its accesses to memory, which {} does not; "
        "build one with poolproof_instrument()",
        accused.name()));
  }
  laws.insert(model::LawId::crash);
  return laws;
}

}  // namespace poolproof::cli
