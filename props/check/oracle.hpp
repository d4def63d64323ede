// An oracle watches a run for one law. It is told everything and may look at the ledger; it does
// not know which pool it judges.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/laws.hpp"
#include "props/check/ledger.hpp"
#include "props/check/observation.hpp"

namespace poolproof::check {

// A law was broken: at that instant, as that sentence shows.
struct Violation {
  model::LawId law;
  Time at;
  std::string evidence;
  std::size_t seen;      // how many observations had been made by then
  std::size_t step = 0;  // and how many steps
};

using Report = std::function<void(model::LawId law, std::string evidence)>;

class Oracle {
 public:
  Oracle() = default;
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  virtual ~Oracle() = default;

  // Called as a run begins.
  virtual void begin() {}

  // Called for each observation, after the ledger has taken it in.
  virtual void see(const Observation& observation, const Ledger& ledger, const Report& report) = 0;
};

// One for each law that is judged on a run; see oracles/.
std::unique_ptr<Oracle> capacity_oracle();     // CAP
std::unique_ptr<Oracle> exclusivity_oracle();  // DUP
std::unique_ptr<Oracle> accounting_oracle();   // LEAK
std::unique_ptr<Oracle> wakeup_oracle();       // WAKE
std::unique_ptr<Oracle> deadline_oracle();     // EARLY, LATE
std::unique_ptr<Oracle> exhaustion_oracle();   // SPUR
std::unique_ptr<Oracle> fairness_oracle();     // FAIR
std::unique_ptr<Oracle> healing_oracle();      // LEAK
std::unique_ptr<Oracle> session_oracle();      // AGE, DEAD, CLEAN, LIFE
std::unique_ptr<Oracle> cancelling_oracle();   // CXL
std::unique_ptr<Oracle> sharing_oracle();      // OWN
std::unique_ptr<Oracle> upkeep_oracle();       // TEND

// How reports call it: connection 7.
std::string to_text(SessionId session);

}  // namespace poolproof::check
