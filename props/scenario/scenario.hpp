// One run's story line: the pool, and what each caller does with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.hpp"
#include "props/scenario/bounds.hpp"
#include "props/scenario/troubles.hpp"
#include "props/world/chooser.hpp"
#include "props/world/faults.hpp"

namespace poolproof::scenario {

// What a caller does to the whole pool before it acquires; or, from maintain on, whoever tends it.
enum class Chore : std::uint8_t { none, dispose, close, maintain, warm_up, report, drain };

// Whether all connections that exist are to be replaced; whether there will be no more.
inline bool closes(Chore chore) { return chore == Chore::close || chore == Chore::drain; }
inline bool retires(Chore chore) { return chore == Chore::dispose || closes(chore); }

// Whether a caller acquires once more while it has a lease, of a pool that shares: the second goes
// back before the first, or after it; or it is asked for only after the remark.
enum class Again : std::uint8_t { never, goes_first, stays, after_remark };

// What a caller does with a lease.
enum class Use : std::uint8_t {
  query,               // a statement that succeeds
  nothing,             // it is given back as it came
  failing_query,       // one that fails
  open_transaction,    // BEGIN and a statement, and never an end
  broken_transaction,  // BEGIN and a statement that fails, and never an end
  setting,             // SET, which outlives a transaction
  long_query,          // one that takes 10 ms
  cancelled_query,     // the same, and another task cancels it, in time or too late
  open_copy,           // COPY FROM STDIN, and no end of it
  temporary_table,     // these five outlive a transaction too
  listen,
  advisory_lock,
  prepared_statement,
  held_cursor,
  unread_answer,  // a long query is sent, and its answer not read
  open_pipeline,  // a statement is sent in a pipeline that is never synced
};

// What a caller says of its connection in the end.
enum class Remark : std::uint8_t {
  none,
  invalidate,
  invalidate_softly,
  invalidate_generation,
  detach,
};

// One loan: think, perhaps a chore, acquire, use, hold, perhaps a remark, release.
struct Loan {
  Duration think{};
  Chore chore = Chore::none;
  std::optional<Duration> timeout;       // nullopt: the pool's own
  std::optional<Duration> cancel_after;  // the acquire is called off then, if it still goes on
  Use use = Use::query;
  Duration cancel_query_after{};  // of a cancelled query
  Duration hold{};
  Remark remark = Remark::none;
  Again again = Again::never;
  bool errand = false;  // no loan at all: think, and the chore, which has that timeout
};

struct Scenario {
  model::PoolConfig pool;
  world::FaultSet faults;  // that may strike wherever they can
  Troubles troubles;
  bool by_network = false;                 // the server is called by TCP, not on a Unix socket
  bool late_wakers = false;                // time may pass up to the deadline of who was woken, too
  std::vector<std::vector<Loan>> callers;  // each takes one at least
};

// How many choices of Stream::workload come before the first loan's, and how many a loan has.
inline constexpr std::size_t kChoicesOfPool = 12;
inline constexpr std::size_t kChoicesOfLoan = 8;
// How many of Stream::pool there are at most.
inline constexpr std::size_t kChoicesOfUpkeep = 20;
// Which of a loan's is its use, and what is drawn there by those who do not use it.
inline constexpr std::size_t kChoiceOfUse = 2;
inline constexpr std::uint8_t kUnused = 1;

// Draws a scenario within the bounds: which loans there are from Stream::program, what they are
// from Stream::workload, its troubles from Stream::faults. Durations come from a handful of values,
// so that deadlines tie often. All zeros: nobody does anything, without faults being any less
// possible. All zeros but on Stream::program: those who come query and release at once.
//
// What can be left out or made plainer alone draws as many choices each time, so that the others
// stay where they are on their streams. A loan that is not taken draws nothing but that.
Scenario draw(const Bounds& bounds, world::Chooser& chooser);

// Without what only a pool with a class and upkeep can do.
void make_plain(Scenario& scenario);

// "invalidate softly".
std::string_view name(Chore chore);
std::string_view name(Remark remark);

// The pool, what goes wrong by plan, and each caller that takes a loan, a line each.
std::string to_text(const Scenario& scenario);

}  // namespace poolproof::scenario
