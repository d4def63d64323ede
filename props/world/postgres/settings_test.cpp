// Settings of a session outlive a statement, and what is rolled back, reset or discarded does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using testing::Contains;
using testing::ElementsAre;

class Settings : public PostgresFixture {
 protected:
  // The answers to these queries of one session.
  std::vector<std::string> ask_in_turn(const std::vector<std::string>& queries) {
    std::vector<std::string> answers;
    EXPECT_EQ(run([&] {
                const Client client = connect();
                for (const std::string& sql : queries) answers.push_back(ask(client, sql));
              }),
              Ending::finished);
    return answers;
  }

  // Whether a query after these finds the settings altered.
  bool are_altered_by(std::vector<std::string> queries) {
    queries.emplace_back("SELECT 1");
    ask_in_turn(queries);
    return testing::Matches(Contains("1: SELECT 1 (altered)"))(seen());
  }
};

TEST_F(Settings, AreAsTheyWereAtFirst) { EXPECT_FALSE(are_altered_by({"SELECT 2"})); }

TEST_F(Settings, OutliveTheStatementThatSetsThem) {
  EXPECT_TRUE(are_altered_by({"SET search_path TO app"}));
}

TEST_F(Settings, OutliveACommit) {
  EXPECT_TRUE(are_altered_by({"BEGIN", "SET search_path TO app", "COMMIT"}));
}

TEST_F(Settings, DoNotOutliveARollback) {
  EXPECT_FALSE(are_altered_by({"BEGIN", "SET search_path TO app", "ROLLBACK"}));
}

TEST_F(Settings, DoNotOutliveTheCommitOfAFailedTransaction) {
  EXPECT_FALSE(are_altered_by({"BEGIN", "SET search_path TO app", "SELECT 1/0", "COMMIT"}));
}

TEST_F(Settings, OfBeforeATransactionOutliveItsRollback) {
  EXPECT_TRUE(are_altered_by({"SET search_path TO app", "BEGIN", "RESET ALL", "ROLLBACK"}));
}

TEST_F(Settings, AreWhatTheyWereAfterResetAllOrDiscardAll) {
  EXPECT_FALSE(are_altered_by({"SET search_path TO app", "RESET ALL"}));
  EXPECT_FALSE(are_altered_by({"SET search_path TO app", "DISCARD ALL"}));
}

TEST_F(Settings, AreDiscardedOnlyOutsideOfTransactions) {
  EXPECT_THAT(ask_in_turn({"DISCARD ALL", "BEGIN", "DISCARD ALL", "SELECT 1"}),
              ElementsAre("DISCARD ALL", "BEGIN", "!25001", "!25P02"));
}

TEST_F(Settings, AreDiscardedOnlyByAStatementOnItsOwn) {
  EXPECT_THAT(ask_in_turn({"ROLLBACK; DISCARD ALL"}), ElementsAre("!25001"));
}

}  // namespace
}  // namespace poolproof::world::postgres
