#include "props/check/story_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace poolproof::check {
namespace {

// With what stands around it, a screen of fifty lines.
constexpr std::size_t kMostRows = 36;

// The last ones, and those that decide.
std::vector<bool> shown_rows(const Story& story) {
  std::vector<bool> shown(story.rows.size(), false);
  std::size_t left = std::min(kMostRows, shown.size());
  const auto show = [&](std::size_t row) {
    if (left == 0 || row >= shown.size() || shown[row]) return;
    shown[row] = true;
    --left;
  };
  for (const Story::Deciding& each : story.deciding) show(each.row);
  for (std::size_t row = shown.size(); row > 0; --row) show(row - 1);
  return shown;
}

class Table {
 public:
  explicit Table(const Story& story) : story_(story), shown_(shown_rows(story)) {
    for (const std::string& each : story.columns) widths_.push_back(each.size());
    for (std::size_t i = 0; i < story.rows.size(); ++i) {
      const Story::Row& row = story.rows[i];
      if (shown_[i] && row.column < widths_.size())
        widths_[row.column] = std::max(widths_[row.column], row.text.size());
    }
  }

  std::string print() {
    if (story_.rows.empty()) return "";
    line(fmt::format("{:>4}  {:>10}", "step", "time"), story_.columns);
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < story_.rows.size(); ++i) {
      if (!shown_[i]) {
        ++left_out;
        continue;
      }
      if (left_out > 0) text_ += fmt::format("{:>4}  ({} steps)\n", "...", left_out);
      left_out = 0;
      row(i);
    }
    return std::move(text_);
  }

 private:
  // An instant is named once.
  void row(std::size_t index) {
    const Story::Row& row = story_.rows[index];
    const bool same = last_ == row.at;
    last_ = row.at;
    const double seconds = std::chrono::duration<double>(row.at.time_since_epoch()).count();
    const std::string begin =
        fmt::format("{:>4}  {:>10}", index + 1, same ? "" : fmt::format("{:.3f} s", seconds));
    std::vector<std::string> cells(story_.columns.size());
    if (row.column == cells.size()) return line(fmt::format("{}  ({})", begin, row.text), {});
    cells[row.column] = row.text;
    line(begin, cells);
  }

  void line(std::string text, const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += fmt::format("  {:<{}}", cells[i], widths_[i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text_ += text + '\n';
  }

  const Story& story_;
  const std::vector<bool> shown_;
  std::vector<std::size_t> widths_;
  std::optional<Time> last_;
  std::string text_;
};

}  // namespace

std::string to_text(const Story& story) { return story.plan + "\n" + Table(story).print(); }

std::string deciding_text(const Story& story) {
  std::string text;
  for (const Story::Deciding& each : story.deciding) {
    text += story.rows.empty() ? fmt::format("  {}\n", each.sentence)
                               : fmt::format("  step {}: {}\n", each.row + 1, each.sentence);
  }
  return text;
}

}  // namespace poolproof::check
