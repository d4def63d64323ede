// The simulated server is believed because it answers as a live one does: every conversation of the
// corpus is played to both, and the answers are the same, but for what deviations.txt lists. A
// failure prints both, `- ` what only the live server said and `+ ` what only the simulated one
// did.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "integration/fidelity/servers.hpp"
#include "props/world/world_fixture.hpp"

namespace poolproof::integration::fidelity {

// GoogleTest looks for it beside the type.
void PrintTo(const Conversation& conversation, std::ostream* out) {
  *out << conversation.family << ": " << conversation.title;
}

namespace {

const std::string kFolder = POOLPROOF_FIDELITY_FOLDER;

const std::vector<Conversation>& corpus() {
  static const std::vector<Conversation> conversations = read_corpus(kFolder + "/corpus");
  return conversations;
}

std::string name_of(const Conversation& conversation) {
  return conversation.family + ": " + conversation.title;
}

// The justification of each deviation, by the conversation's name. It has the form of a family:
// names at the margin, below each the reason.
std::map<std::string, std::string> deviations() {
  std::ifstream file(kFolder + "/deviations.txt");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::map<std::string, std::string> reasons;
  for (const Conversation& each : parse_family("deviations", text)) {
    std::string& reason = reasons[each.title];
    for (const Step& step : each.steps) {
      for (const std::string& word : step.words) reason += word + " ";
    }
  }
  return reasons;
}

// One live server serves all conversations but those that shut it down, which have one each.
class Fidelity : public world::WorldFixture, public testing::WithParamInterface<Conversation> {
 protected:
  static void TearDownTestSuite() {
    shared().reset();
    std::cout << "[ fidelity ] " << agreed << " of " << corpus().size() << " conversations agree, "
              << deviations().size() << " deviations are listed\n";
  }

  static Transcript play_live(const Conversation& conversation) {
    const bool ends_it =
        std::any_of(conversation.steps.begin(), conversation.steps.end(),
                    [](const Step& step) { return step.words.front() == "server"; });
    if (ends_it) return LiveServer().play(conversation);
    if (!shared()) shared() = std::make_unique<LiveServer>();
    return shared()->play(conversation);
  }

  Transcript play_simulated(const Conversation& conversation) {
    Transcript transcript;
    machine_.server.configure(simulated_options());
    const auto order = [this](std::string_view what) { give_order(machine_.server, what); };
    const auto ending = run([&] {
      transcript = play(conversation, {"/simulated/.s.PGSQL.5432", order});
    });
    if (ending != world::Ending::finished) {
      transcript.push_back("(the run ended: " + std::string(world::name(ending)) + " " + refusal() +
                           ")");
    }
    return transcript;
  }

  static std::unique_ptr<LiveServer>& shared() {
    static std::unique_ptr<LiveServer> server;
    return server;
  }
  static inline int agreed = 0;
};

TEST_P(Fidelity, TheSimulatedServerAnswersAsALiveOneDoes) {
  const Conversation& conversation = GetParam();
  const auto listed = deviations();
  const Transcript simulated = play_simulated(conversation);
  Transcript live = play_live(conversation);
  // A server process that is told to die at once may be gone before its last words are out, where
  // the machine is busy.
  for (int i = 0; i < 2 && live != simulated && listed.count(name_of(conversation)) == 0; ++i) {
    live = play_live(conversation);
  }
  if (live == simulated) ++agreed;
  const auto deviation = listed.find(name_of(conversation));
  if (deviation == listed.end()) {
    EXPECT_TRUE(live == simulated) << name_of(conversation) << "\n" << differences(live, simulated);
  } else {
    EXPECT_FALSE(live == simulated)
        << name_of(conversation) << " agrees now: strike it off the list of deviations";
    EXPECT_FALSE(deviation->second.empty()) << "a deviation needs its reason";
  }
}

std::string test_name(const testing::TestParamInfo<Conversation>& info) {
  std::string name;
  bool starts_word = true;
  for (const char each : name_of(info.param)) {
    if (std::isalnum(static_cast<unsigned char>(each)) == 0) {
      starts_word = true;
    } else {
      name += starts_word ? static_cast<char>(std::toupper(each)) : each;
      starts_word = false;
    }
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Corpus, Fidelity, testing::ValuesIn(corpus()), test_name);

TEST(Corpus, HasAtLeast150Conversations) { EXPECT_GE(corpus().size(), 150U); }

TEST(Corpus, HasEveryConversationThatIsListedAsADeviation) {
  for (const auto& listed : deviations()) {
    EXPECT_TRUE(std::any_of(corpus().begin(), corpus().end(), [&](const Conversation& each) {
      return name_of(each) == listed.first;
    })) << listed.first;
  }
}

}  // namespace
}  // namespace poolproof::integration::fidelity
