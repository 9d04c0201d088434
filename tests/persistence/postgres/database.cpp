#include "database.hpp"

#include "persistence/postgres/migrations.hpp"

#include <libpq-fe.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace reserve::test {

namespace {

/// The URL as keywords, some of them replaced.
std::string changed(const std::string& url, const std::string& dbname, const std::string& user) {
  std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(PQconninfoParse(url.c_str(), nullptr), PQconninfoFree);
  if (!parsed)
    throw std::runtime_error("RESERVE_TEST_DATABASE_URL cannot be read");
  std::string out;
  const auto add = [&](const std::string& name, const std::string& value) {
    out += name + "='";
    for (const char c : value)
      out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    out += "' ";
  };
  for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
    const std::string name = option->keyword;
    if (option->val != nullptr && name != "dbname" && (user.empty() || name != "user"))
      add(name, option->val);
  }
  if (!dbname.empty())
    add("dbname", dbname);
  if (!user.empty())
    add("user", user);
  return out;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

persistence::connection open(const std::string& url, const char* name) {
  return persistence::connection({.url = url, .application_name = name});
}

std::string given_url() {
  const char* given = std::getenv("RESERVE_TEST_DATABASE_URL");
  if (given == nullptr || *given == '\0')
    throw std::runtime_error("RESERVE_TEST_DATABASE_URL is not set: these tests need the superuser of a private PostgreSQL cluster (./dev test starts one)");
  return given;
}

std::string new_name() {
  static std::atomic<int> count{0};
  return "reserve_test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
}

void drop(const std::string& server_url, const std::string& name) noexcept {
  try {
    open(server_url, "reserve test").run("drop database if exists " + name + " with (force)");
  } catch (const std::exception&) {
    // The cluster is thrown away with whatever is left in it.
  }
}

/// Migrated once a process; the databases of the tests are copies of it.
class migrated_template {
public:
  migrated_template() : given_(given_url()), name_(new_name()) {
    open(changed(given_, "postgres", ""), "reserve test").run("create database " + name_ + " owner reserve");
    auto on = open(changed(given_, name_, "reserve"), "reserve test");
    persistence::migration_runner(on).up();
  }
  migrated_template(const migrated_template&) = delete;
  migrated_template& operator=(const migrated_template&) = delete;
  ~migrated_template() { drop(changed(given_, "postgres", ""), name_); }

  const std::string& name() const noexcept { return name_; }

private:
  std::string given_, name_;
};

} // namespace

database::database(bool migrated) {
  const auto given = given_url();
  name_ = new_name();
  server_url_ = changed(given, "postgres", "");
  superuser_url_ = changed(given, name_, "");
  url_ = changed(given, name_, "reserve");
  auto server = open(server_url_, "reserve test");
  server.run(read_file(RESERVE_SOURCE_DIR "/migrations/roles.sql"));
  std::string source;
  if (migrated) {
    static const migrated_template made;
    source = " template " + made.name();
  }
  server.run("create database " + name_ + " owner reserve" + source);
}

database::~database() {
  drop(server_url_, name_);
}

persistence::connection database::superuser() const {
  return open(superuser_url_, "reserve test superuser");
}

persistence::connection database::login() const {
  return open(url_, "reserve test");
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    std::this_thread::yield();
  }
  return true;
}

std::int64_t number(persistence::connection& on, const std::string& sql) {
  return on.query(sql).integer(0, 0);
}

} // namespace reserve::test
