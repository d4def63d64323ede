// The options that commands share, and how their values are read.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "props/check/accused.hpp"
#include "props/check/examine.hpp"
#include "props/check/run.hpp"
#include "props/scenario/bounds.hpp"

namespace poolproof::cli {

// What every command returns to the shell.
enum class ExitStatus : int {
  held = 0,
  broken = 1,
  bad_usage = 2,
  undecided = 3,
  nondeterministic = 4,
};

ExitStatus status_of(check::Verdict verdict);

// Something the user must mend, in one line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// --pool-size, --max-overflow, --timeout, --recycle, --patience, --lifo, --pre-ping,
// --reset-on-return, --pool-class, --recycle-jitter, --idle-timeout, --min-idle, --connect-backoff.
class PoolOptionTexts {
 public:
  void add_to(CLI::App& command);
  // Sets what was given of the pool and leaves the rest alone. Throws UsageError.
  [[nodiscard]] scenario::Bounds read() const;

 private:
  std::optional<std::string> pool_size_, max_overflow_, timeout_, recycle_, patience_, reset_;
  std::optional<std::string> class_, jitter_, idle_timeout_, min_idle_, backoff_;
  // CLI11 sets an optional flag to false that was not given; a callback it does not call.
  std::optional<bool> lifo_, pre_ping_;
};

// Those of the pool, and --callers, --ops, --faults, --time.
class BoundsOptions {
 public:
  void add_to(CLI::App& command);
  // Throws UsageError.
  [[nodiscard]] scenario::Bounds read() const;
  // --faults help
  [[nodiscard]] bool asks_for_fault_list() const { return faults_ == "help"; }

 private:
  PoolOptionTexts pool_;
  std::string callers_ = "4", ops_ = "3", faults_ = "all", time_ = "racing";
};

// --pool, --laws, --carrier.
class AccusedOptions {
 public:
  void add_to(CLI::App& command);
  // Throw UsageError.
  [[nodiscard]] check::Accused accused() const;
  // CRASH is always among them.
  [[nodiscard]] check::Laws laws(const check::Accused& accused) const;
  [[nodiscard]] bool asks_for_all_laws() const { return laws_ == "all"; }
  [[nodiscard]] world::CarrierKind carrier(const check::Accused& accused) const;

 private:
  std::string pool_ = "ours", laws_ = "all", carrier_ = "fiber";
};

// Each throws a UsageError that names `option` and says what it takes.
std::int64_t read_number(std::string_view option, const std::string& text, std::int64_t least,
                         std::int64_t most);
// Worker processes: one for each core unless the text says otherwise.
int read_jobs(const std::optional<std::string>& text);
scenario::Duration read_duration(std::string_view option, const std::string& text);
// "CAP", "DUP".
std::vector<std::string_view> ids(const std::set<model::LawId>& laws);
// A list such as CAP,DUP of those in `judged`.
std::set<model::LawId> read_laws(const std::string& text, const std::set<model::LawId>& judged);

}  // namespace poolproof::cli
