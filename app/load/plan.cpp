#include "app/load/plan.hpp"

#include <cmath>
#include <vector>

namespace reserve::app::load {

chooser::chooser(std::size_t units, int days, const load_options& wishes) : days_(days), random_(20260101) {
  if (wishes.hot)
    hot_ = wishes.hot_unit % units;
  std::vector<double> weights(units);
  for (std::size_t i = 0; i < units; ++i)
    weights[i] = 1.0 / std::pow(static_cast<double>(i + 1), wishes.zipf);
  pick_ = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
}

plan::plan(const load_options& options, steady::time_point start) : start_(start), requests_(options.requests), rate_(options.rate) {
  const auto span = [](double seconds) { return std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds)); };
  warm_at_ = start + span(options.warmup);
  length_ = span(options.seconds);
}

void plan::start_measuring(steady::time_point now) {
  if (timed())
    until_ = now + length_;
}

steady::time_point plan::leaves_at(std::size_t number) const {
  return start_ + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(static_cast<double>(number) / rate_));
}

run_mark::run_mark() {
  constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device entropy;
  auto rest = (std::uint64_t{entropy()} << 32) | entropy();
  prefix_ = "load-";
  for (int i = 0; i < 10; ++i, rest /= 36)
    prefix_ += digits[rest % 36];
  prefix_ += '-';
}

} // namespace reserve::app::load
