#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <string>

namespace {

/// Leaves "<passed> <failed>" (test cases) in RESERVE_TEST_COUNTS/<name>, where `./dev test` sums them up. Does nothing when run by hand.
class count_writer : public Catch::TestEventListenerBase {
public:
  using TestEventListenerBase::TestEventListenerBase;

  void testRunEnded(const Catch::TestRunStats& stats) override {
    const char* folder = std::getenv("RESERVE_TEST_COUNTS");
    const char* name = std::getenv("RESERVE_TEST_NAME");
    if (folder == nullptr || name == nullptr)
      return;
    const auto& cases = stats.totals.testCases;
    std::ofstream(std::string(folder) + "/" + name) << cases.passed + cases.failedButOk << ' ' << cases.failed << '\n';
  }
};

CATCH_REGISTER_LISTENER(count_writer)

} // namespace
