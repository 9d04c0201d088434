#include "integrations/pix/qr_png.hpp"

#include "integrations/bytes.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

using namespace reserve::integrations;
using namespace reserve::integrations::pix;

namespace {

std::string output_of(const std::string& command) {
  std::string out;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 256> part{};
  while (pipe && fgets(part.data(), static_cast<int>(part.size()), pipe.get()) != nullptr)
    out += part.data();
  return out;
}

} // namespace

TEST_CASE("the picture decodes to the code", "[integrations][pix]") {
  if (std::system("command -v zbarimg >/dev/null 2>&1") != 0) {
    WARN("skipped: zbarimg is not installed");
    return;
  }
  const auto& text = test::vectors()["pix_brcode_generated_by_pix_utils"][0]["out"].text();
  const auto png = qr_png(text);
  REQUIRE(png);
  std::string path = (std::filesystem::temp_directory_path() / "qr-XXXXXX").string();
  const int file = mkstemp(path.data());
  REQUIRE(file >= 0);
  const std::unique_ptr<FILE, int (*)(FILE*)> out(fdopen(file, "wb"), fclose);
  REQUIRE(std::fwrite(png->data(), 1, png->size(), out.get()) == png->size());
  std::fflush(out.get());
  CHECK(output_of("zbarimg --quiet --raw -Sdisable -Sqrcode.enable " + path + " 2>/dev/null") == text + "\n");
  std::filesystem::remove(path);
}

TEST_CASE("the same text gives the same picture", "[integrations][pix]") {
  const auto png = qr_png("00020126");
  REQUIRE(png);
  CHECK(png->substr(1, 3) == "PNG");
  CHECK(qr_png("00020126") == png);
  CHECK(from_base64(qr_png_base64("00020126")) == *png);
}

TEST_CASE("what does not fit gives no picture", "[integrations][pix]") {
  CHECK_FALSE(qr_png(""));
  CHECK_FALSE(qr_png(std::string(3000, 'x')));
  CHECK_FALSE(qr_png("x", 0));
  CHECK(qr_png_base64("").empty());
}
