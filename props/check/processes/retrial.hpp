// A schedule that ended a search, run again and again in processes of its own: to be made smaller
// and to be told. A token is played in the same way.
#pragma once

#include <cstdint>
#include <optional>

#include "props/check/processes/shared.hpp"
#include "props/check/processes/worker.hpp"
#include "props/check/search.hpp"

namespace poolproof::check {

class Retrial {
 public:
  // `goes_on` is asked several times a second, and told how many runs have been tried; once it says
  // no, the smallest run so far is told.
  // `cold`: see Job.
  Retrial(const Accused& accused, const SearchOptions& options, Progress goes_on, bool cold = false)
      : accused_(accused), options_(options), goes_on_(std::move(goes_on)), cold_(cold) {}

  // Nothing if the law is not broken when the run is had again.
  std::optional<Finding> investigate(const Incident& incident);

  // As tell_case: of a run that kills its process with as much of a story as can be had.
  Telling tell(const Case& played);

  // Twice, to see whether it goes the same way both times.
  ReplayResult replay(const explore::Token& token);

 private:
  // What became of a child.
  struct Errand {
    std::vector<nlohmann::json> messages;
    std::optional<std::string> death;  // the cause
    explore::Tape tape;                // of the run in which it died
  };

  using Work = std::function<void(const Job&, const Outbox&)>;
  Errand send(const Work& work);
  std::optional<Errand> send_once(const Work& work);
  Telling obituary(const Case& played, Errand errand);

  const Accused& accused_;
  const SearchOptions& options_;
  const Progress goes_on_;
  std::uint64_t tried_ = 0;
  bool cold_;
  bool slow_ = false;
  Shared<Board> board_;
};

}  // namespace poolproof::check
