#include "props/check/minimise.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "props/check/program.hpp"
#include "props/explore/shrink.hpp"
#include "props/scenario/scenario.hpp"

namespace poolproof::check {
namespace {

using explore::Line;
using explore::Script;
using explore::Tape;
using world::Stream;

// How many schedules near the one that is left are tried for each loan that will not go.
constexpr std::uint64_t kNear = 64;
constexpr int kMostRounds = 6;

// How many random runs of each program that is smaller than the one that is left, half of them of
// its pool; and which programs, in the order of their size: the loans of each caller.
constexpr std::uint64_t kFresh = 384;
constexpr std::array<std::array<std::size_t, 3>, 10> kSmallPrograms{{{0, 0, 0},
                                                                     {1, 0, 0},
                                                                     {2, 0, 0},
                                                                     {1, 1, 0},
                                                                     {2, 1, 0},
                                                                     {1, 1, 1},
                                                                     {2, 2, 0},
                                                                     {2, 1, 1},
                                                                     {2, 2, 1},
                                                                     {2, 2, 2}}};

bool is_clock(const Line& line) { return line.place.actor == explore::kClock; }

// Consecutive lines of one actor, each line of the clock for itself: [begin, end).
struct Segment {
  std::size_t begin;
  std::size_t end;
  std::uint16_t actor;
};

std::vector<Segment> segments_of(const std::vector<Line>& lines) {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::uint16_t actor = lines[i].place.actor;
    if (!segments.empty() && segments.back().actor == actor && !is_clock(lines[i])) {
      segments.back().end = i + 1;
    } else {
      segments.push_back({i, i + 1, actor});
    }
  }
  return segments;
}

// Lines [begin, end) taken out and put in front of what was at `to`, which is not among them.
std::vector<Line> moved(std::vector<Line> lines, const Segment& what, std::size_t to) {
  const auto at = [&](std::size_t i) { return lines.begin() + static_cast<std::ptrdiff_t>(i); };
  if (to <= what.begin) {
    std::rotate(at(to), at(what.begin), at(what.end));
  } else {
    std::rotate(at(what.begin), at(what.end), at(to));
  }
  return lines;
}

class Minimiser {
 public:
  Minimiser(Case found, const Play& play) : bounds_(found.bounds), play_(play) {
    best_.tape = std::move(found.tape);
  }

  Case run() {
    if (auto played = play_({.tape = best_.tape})) {
      best_ = *std::move(played);
      take_apart();
      while (start_over()) take_apart();
      polish();
    }
    best_.tape.trim();
    return {bounds_, std::move(best_.tape)};
  }

 private:
  [[nodiscard]] bool scripted() const { return !best_.script.lines.empty(); }

  void take_apart() {
    attempt(best_.tape, best_.script);  // nothing but what led to it
    for (int round = 0; round < kMostRounds; ++round) {
      const Size before = best_.size;
      leave_out_loans(0);
      leave_out_whims();
      leave_unused();
      make_plain();
      if (scripted()) simplify_order();
      if (best_.size < before) continue;
      if (!scripted() || !look_near()) break;
    }
  }

  // A smaller program that breaks the law from scratch: what was found first may be far from it.
  bool start_over() {
    for (const auto& loans : kSmallPrograms) {
      Tape tape;
      auto& taken = tape.of(Stream::program);
      std::size_t sum = 0;
      std::size_t callers = 0;
      bool fits = true;
      for (const std::size_t each : loans) {
        if (each == 0) continue;
        fits &= callers < static_cast<std::size_t>(bounds_.callers) &&
                each <= static_cast<std::size_t>(bounds_.ops);
        taken.resize(callers++ * static_cast<std::size_t>(bounds_.ops));
        taken.insert(taken.end(), each, 1);
        sum += each;
      }
      if (!fits) continue;
      if (std::pair(sum, callers) > std::pair(best_.size.loans, best_.size.callers)) return false;
      Tape with_its_pool = tape;
      with_its_pool.of(Stream::workload) = program_in(bounds_, best_.tape).before;
      for (std::uint64_t seed = 1; seed <= kFresh; ++seed) {
        const bool same_pool = seed % 2 == 0;
        auto played = play_({.tape = same_pool ? with_its_pool : tape,
                             .walk = seed,
                             .calm = same_pool && best_.size.faults == 0});
        if (!played || !(played->size < best_.size)) continue;
        best_ = *std::move(played);
        return true;
      }
    }
    return false;
  }

  // ---- tries ----

  bool attempt(Tape tape, std::optional<Script> script, std::uint64_t astray = 0) {
    if (!scripted()) script.reset();
    auto played = play_({std::move(tape), std::move(script), astray});
    if (!played || !(played->size < best_.size)) return false;
    best_ = *std::move(played);
    return true;
  }

  bool attempt(Script script) { return attempt(best_.tape, std::move(script)); }

  bool attempt(const Program& program, const Casting& casting, std::uint64_t astray = 0) {
    return attempt(recast(bounds_, best_.tape, program, casting),
                   recast(best_.script, program, casting), astray);
  }

  // ---- fewer callers and loans ----

  // Halves, quarters, ... of what there is, from the end. `astray`: how many schedules near each.
  void leave_out_loans(std::uint64_t astray) {
    for (std::size_t chunk = program_in(bounds_, best_.tape).loans(); chunk > 0; chunk /= 2) {
      for (std::size_t end = program_in(bounds_, best_.tape).loans(); end > 0;) {
        const std::size_t begin = end > chunk ? end - chunk : 0;
        leave_out(begin, end, astray);
        end = std::min(begin, program_in(bounds_, best_.tape).loans());
      }
    }
  }

  bool leave_out(std::size_t begin, std::size_t end, std::uint64_t astray) {
    const Program program = program_in(bounds_, best_.tape);
    Casting casting = casting_of(program);
    std::size_t number = 0;
    for (auto& loans : casting) {
      std::erase_if(loans, [&](const LoanPlace&) {
        const std::size_t mine = number++;
        return mine >= begin && mine < end;
      });
    }
    for (std::uint64_t i = 0; i <= astray; ++i) {
      if (attempt(program, casting, i)) return true;
    }
    return false;
  }

  // Each caller's last loan given to another one, who then comes to it later, or sooner.
  bool share_loans(std::uint64_t astray) {
    const Program program = program_in(bounds_, best_.tape);
    const auto most = static_cast<std::size_t>(bounds_.ops);
    for (std::size_t from = program.callers.size(); from-- > 0;) {
      if (program.callers[from].size() > 1) continue;
      for (std::size_t to = 0; to < program.callers.size(); ++to) {
        if (to == from || program.callers[to].size() >= most) continue;
        for (const bool last : {true, false}) {
          Casting casting = casting_of(program);
          casting[from].clear();
          casting[to].insert(last ? casting[to].end() : casting[to].begin(), {from, 0});
          for (std::uint64_t i = 0; i <= astray; ++i) {
            if (attempt(program, casting, i)) return true;
          }
        }
      }
    }
    return false;
  }

  // What would not go by itself may go in a schedule near this one.
  bool look_near() {
    const Size before = best_.size;
    for (std::uint64_t i = 1; i <= kNear; ++i) attempt(best_.tape, best_.script, i);
    const Program program = program_in(bounds_, best_.tape);
    for (std::size_t i = program.loans(); i-- > 0;) leave_out(i, i + 1, kNear);
    const std::size_t left = program_in(bounds_, best_.tape).loans();
    for (std::size_t i = left; i-- > 0;) leave_unused(i, i + 1, kNear);
    if (best_.size == before) share_loans(kNear / 8);
    return best_.size < before;
  }

  // ---- no faults, nobody slow to wake ----

  // Those of a later moment first: an earlier one may be why they came.
  void leave_out_whims() {
    for (std::size_t chunk = best_.script.whims.size(); chunk > 0; chunk /= 2) {
      for (std::size_t end = best_.script.whims.size(); end > 0;) {
        const std::size_t begin = end > chunk ? end - chunk : 0;
        Script script = best_.script;
        script.whims.erase(script.whims.begin() + static_cast<std::ptrdiff_t>(begin),
                           script.whims.begin() + static_cast<std::ptrdiff_t>(end));
        attempt(std::move(script));
        end = std::min(begin, best_.script.whims.size());
      }
    }
    for (std::size_t i = 0; i < best_.script.whims.size(); ++i) {
      for (std::uint8_t value = 1; value < best_.script.whims[i].value; ++value) {
        Script script = best_.script;
        script.whims[i].value = value;
        if (attempt(std::move(script))) break;
      }
    }
  }

  // ---- leases that nobody uses ----

  // All, halves, quarters, ... of them.
  void leave_unused() {
    for (std::size_t chunk = program_in(bounds_, best_.tape).loans(); chunk > 0; chunk /= 2) {
      for (std::size_t begin = 0; begin < program_in(bounds_, best_.tape).loans(); begin += chunk) {
        leave_unused(begin, begin + chunk, 0);
      }
    }
  }

  void leave_unused(std::size_t begin, std::size_t end, std::uint64_t astray) {
    using scenario::kChoicesOfLoan;
    Tape tape = best_.tape;
    auto& numbers = tape.of(Stream::workload);
    end = std::min(end, program_in(bounds_, tape).loans());
    numbers.resize(std::max(numbers.size(), scenario::kChoicesOfPool + end * kChoicesOfLoan));
    bool changes = false;
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t at = scenario::kChoicesOfPool + i * kChoicesOfLoan + scenario::kChoiceOfUse;
      changes |= std::exchange(numbers[at], scenario::kUnused) != scenario::kUnused;
    }
    for (std::uint64_t i = 0; changes && i <= astray; ++i) {
      if (attempt(tape, best_.script, i)) return;
    }
  }

  // ---- plain options and loans ----

  void make_plain() {
    std::size_t size = best_.tape.of(Stream::workload).size();
    for (std::size_t chunk = size; chunk > 0; chunk /= 2) {
      for (std::size_t begin = 0; begin < best_.tape.of(Stream::workload).size(); begin += chunk) {
        make_plain(begin, begin + chunk);
      }
    }
    for (std::size_t i = 0; i < best_.tape.of(Stream::workload).size(); ++i) lower(i);
  }

  void make_plain(std::size_t begin, std::size_t end) {
    Tape tape = best_.tape;
    auto& numbers = tape.of(Stream::workload);
    end = std::min(end, numbers.size());
    const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = numbers.begin() + static_cast<std::ptrdiff_t>(end);
    if (std::all_of(first, last, [](std::uint8_t number) { return number == 0; })) return;
    std::fill(first, last, std::uint8_t{0});
    attempt(std::move(tape), best_.script);
  }

  void lower(std::size_t index) {
    for (int value = 1; index < best_.tape.of(Stream::workload).size() &&
                        value < best_.tape.of(Stream::workload)[index];
         ++value) {
      Tape tape = best_.tape;
      tape.of(Stream::workload)[index] = static_cast<std::uint8_t>(value);
      if (attempt(std::move(tape), best_.script)) return;
    }
  }

  // ---- fewer switches ----

  void simplify_order() {
    end_plainly();
    for (bool simpler = true; simpler;) {
      simpler = false;
      for (std::size_t i = best_.script.lines.size(); i-- > 0;) simpler |= stop_clock(i);
      for (std::size_t i = segments_of(best_.script.lines).size(); i-- > 0;) simpler |= join(i);
    }
  }

  // From some line on everybody goes on as is plainest: from the first on, or half, or ...
  void end_plainly() {
    for (std::size_t left = best_.script.lines.size(), kept = 0; left > 0; left /= 2) {
      Script script = best_.script;
      if (kept + left / 2 >= script.lines.size()) continue;
      script.lines.resize(kept);
      if (!attempt(std::move(script))) kept += left / 2;
    }
  }

  bool stop_clock(std::size_t line) {
    if (line >= best_.script.lines.size() || !is_clock(best_.script.lines[line])) return false;
    Script script = best_.script;
    script.lines.erase(script.lines.begin() + static_cast<std::ptrdiff_t>(line));
    return attempt(std::move(script));
  }

  // Segment `index` with the next one of the same actor: this one later, or that one sooner, or
  // both as neighbours in another order.
  bool join(std::size_t index) {
    const auto& lines = best_.script.lines;
    const auto segments = segments_of(lines);
    if (index >= segments.size()) return false;
    const Segment& here = segments[index];
    for (std::size_t next = index + 1; next < segments.size(); ++next) {
      if (segments[next].actor != here.actor) continue;
      if (next == index + 1) return false;
      return attempt(with(moved(lines, segments[next], here.end))) ||
             attempt(with(moved(lines, here, segments[next].begin)));
    }
    if (index + 1 < segments.size())
      return attempt(with(moved(lines, segments[index + 1], here.begin)));
    return false;
  }

  [[nodiscard]] Script with(std::vector<Line> lines) const {
    return {std::move(lines), best_.script.whims};
  }

  // ---- choice by choice ----

  // Until no choice can be plainer. Whether it is the same run that is smaller, or another one, is
  // all the same.
  void polish() {
    explore::shrink(best_.tape, [this](const Tape& tape) { return attempt(tape, std::nullopt); });
  }

  const scenario::Bounds bounds_;
  const Play& play_;
  Played best_;
};

}  // namespace

Case minimised(Case found, const Play& play) { return Minimiser(std::move(found), play).run(); }

}  // namespace poolproof::check
