// The selective scan of reference.py, forward and backward, behind a plain C interface (see cpp.py).
//
// A lane is a channel: one vector holds a state of as many neighbouring channels as fit, so the
// recurrence and the sum over states need no shuffles. Time is cut into chunks. The forward pass
// keeps the states at the chunk starts; the backward pass visits the chunks in reverse, recomputes
// each from its first state, and runs the adjoint recurrence. Nothing here relies on -ffast-math:
// NaN stays NaN, and the floating-point mode of the process is left alone.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#ifndef CHUNK
#define CHUNK 32
#endif

namespace {

// (batch, group, channel or state, time), the third axis contiguous; strides in elements.
struct Tensor {
    void* data;
    int64_t batch, group, time;
};

}  // namespace

// One call; what a pass does not use is null. The fields are those of `_Arguments` in cpp.py.
struct Arguments {
    int64_t batch, groups, channels, states, length, threads;
    Tensor u, delta, B, C, y;
    Tensor grad_y, grad_u, grad_delta;
    Tensor grad_B, grad_C;  // (blocks, batch, group, time, state): to be summed over the blocks
    void *A, *D;            // (group, channel, state); (group, channel) or null
    void* starts;           // see `start_offset`; null if no backward pass is to come
    void *grad_A, *grad_D;  // (batch, group, channel, state); (batch, group, channel)
};

namespace {

template <class T> struct Lanes;
template <> struct Lanes<float> {
    typedef float Vector __attribute__((vector_size(VECTOR_BYTES)));
    typedef int32_t Integers __attribute__((vector_size(VECTOR_BYTES)));
    static constexpr int exponent_shift = 23, exponent_bias = 127;
    static constexpr float rounder = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
    static constexpr int degree = 6;
    // Near-minimax polynomial of 2^f on |f| <= 1/2 with 2^0 exactly 1: decays near 1 mean
    // long memory, over which a systematic error would pile up. Relative error 2e-8.
    static constexpr float polynomial[] = {
        1.0f, 6.931472029e-1f, 2.402264791e-1f, 5.550332469e-2f,
        9.618437368e-3f, 1.339887524e-3f, 1.535336098e-4f};
};
template <> struct Lanes<double> {
    typedef double Vector __attribute__((vector_size(VECTOR_BYTES)));
    typedef int64_t Integers __attribute__((vector_size(VECTOR_BYTES)));
    static constexpr int exponent_shift = 52, exponent_bias = 1023;
    static constexpr double rounder = 6755399441055744.0;  // 1.5 * 2^52
    static constexpr int degree = 13;
    // ln(2)^k / k!, the Taylor series. Relative error 4e-18.
    static constexpr double polynomial[] = {
        1.0, 0.6931471805599453, 0.2402265069591007,
        0.055504108664821576, 0.009618129107628477, 0.0013333558146428441,
        0.00015403530393381606, 1.5252733804059838e-05, 1.3215486790144305e-06,
        1.0178086009239696e-07, 7.054911620801121e-09, 4.44553827187081e-10,
        2.5678435993488196e-11, 1.3691488853904124e-12};
};

template <class T> using Vector = typename Lanes<T>::Vector;
template <class T> constexpr int lane_count = VECTOR_BYTES / sizeof(T);
constexpr int BLOCK_VECTORS = 2;  // vectors of channels that one thread takes along together
constexpr double LOG2_E = 1.4426950408889634;

template <class T> inline Vector<T> exp2(Vector<T> x) {
    using L = Lanes<T>;
    constexpr T lowest = 1 - L::exponent_bias, highest = L::exponent_bias;
    const Vector<T> zero = {};
    Vector<T> bounded = x < lowest ? zero + lowest : x;
    bounded = bounded > highest ? zero + highest : bounded;
    const Vector<T> rounded = bounded + L::rounder;
    const Vector<T> fraction = bounded - (rounded - L::rounder);
    typename L::Integers exponent;
    std::memcpy(&exponent, &rounded, sizeof exponent);
    exponent = (exponent << L::exponent_shift) +
               (static_cast<decltype(exponent[0] + 0)>(L::exponent_bias) << L::exponent_shift);
    Vector<T> power;
    std::memcpy(&power, &exponent, sizeof power);
    Vector<T> value = zero + L::polynomial[L::degree];
#pragma GCC unroll 16
    for (int k = L::degree - 1; k >= 0; --k) value = value * fraction + L::polynomial[k];
    return x < lowest ? zero : value * power;
}

template <class T> inline Vector<T> load(const T* from, int lanes) {
    Vector<T> x = {};
    if (lanes == lane_count<T>) {
        std::memcpy(&x, from, sizeof x);
    } else {
        for (int i = 0; i < lanes; ++i) x[i] = from[i];
    }
    return x;
}

template <class T> inline void store(T* to, Vector<T> x, int lanes) {
    if (lanes == lane_count<T>) {
        std::memcpy(to, &x, sizeof x);
    } else {
        for (int i = 0; i < lanes; ++i) to[i] = x[i];
    }
}

template <class T> inline T sum(Vector<T> x) {
    T total = 0;
    T values[lane_count<T>];
    std::memcpy(values, &x, sizeof x);
#pragma omp simd reduction(+ : total)
    for (int i = 0; i < lane_count<T>; ++i) total += values[i];
    return total;
}

inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// One block of channels of one group of one batch entry.
template <class T> struct Block {
    const Arguments& a;
    int64_t batch, group, index, vectors, first_vector, vectors_in_group;

    Block(const Arguments& a, int64_t item) : a(a) {
        vectors_in_group = divide_up(a.channels, lane_count<T>);
        const int64_t blocks = divide_up(vectors_in_group, BLOCK_VECTORS);
        index = item % blocks;
        group = item / blocks % a.groups;
        batch = item / blocks / a.groups;
        first_vector = index * BLOCK_VECTORS;
        vectors = vectors_in_group - first_vector;
        if (vectors > BLOCK_VECTORS) vectors = BLOCK_VECTORS;
    }
    static int64_t count(const Arguments& a) {
        const int64_t vectors = divide_up(a.channels, lane_count<T>);
        return a.batch * a.groups * divide_up(vectors, BLOCK_VECTORS);
    }
    int64_t channel(int v) const { return (first_vector + v) * lane_count<T>; }
    int lanes(int v) const {
        const int64_t left = a.channels - channel(v);
        return left < lane_count<T> ? static_cast<int>(left) : lane_count<T>;
    }
    T* at(const Tensor& x, int64_t t) const {
        return static_cast<T*>(x.data) + batch * x.batch + group * x.group + t * x.time;
    }
    // starts: (chunk, batch, group, vector of channels, state, lane).
    Vector<T>* start(int64_t chunk, int v) const {
        int64_t offset = (chunk * a.batch + batch) * a.groups + group;
        offset = (offset * vectors_in_group + first_vector + v) * a.states;
        return static_cast<Vector<T>*>(a.starts) + offset;
    }
    void load_A(Vector<T>* A, int v) const {
        const T* from = static_cast<const T*>(a.A) + (group * a.channels + channel(v)) * a.states;
        for (int64_t n = 0; n < a.states; ++n) {
            A[n] = Vector<T>{};
            for (int i = 0; i < lanes(v); ++i) A[n][i] = from[i * a.states + n];
        }
    }
    Vector<T> load_D(int v) const {
        if (!a.D) return Vector<T>{};
        return load(static_cast<const T*>(a.D) + group * a.channels + channel(v), lanes(v));
    }
};

// N is the number of states where the compiler is to know it, or 0.
template <class T, int N> void forward_block(const Block<T>& block, Vector<T>* scratch) {
    const Arguments& a = block.a;
    const int states = N ? N : static_cast<int>(a.states);
    Vector<T>* A = scratch;  // in base 2
    Vector<T>* kept = scratch + BLOCK_VECTORS * states;
    Vector<T>* free_states = kept + BLOCK_VECTORS * states;
    for (int v = 0; v < block.vectors; ++v) {
        block.load_A(A + v * states, v);
        for (int n = 0; n < states; ++n) {
            A[v * states + n] *= static_cast<T>(LOG2_E);
            kept[v * states + n] = Vector<T>{};
        }
    }
    for (int64_t begin = 0; begin < a.length; begin += CHUNK) {
        const int64_t end = begin + CHUNK < a.length ? begin + CHUNK : a.length;
        for (int v = 0; v < block.vectors; ++v) {
            const int lanes = block.lanes(v);
            const int64_t channel = block.channel(v);
            const Vector<T> D = block.load_D(v);
            const Vector<T>* rate = A + v * states;
            Vector<T> registers[N ? N : 1];
            Vector<T>* h = N ? registers : free_states;
            std::memcpy(h, kept + v * states, states * sizeof *h);
            if (a.starts) std::memcpy(block.start(begin / CHUNK, v), h, states * sizeof *h);
            for (int64_t t = begin; t < end; ++t) {
                const Vector<T> u = load(block.at(a.u, t) + channel, lanes);
                const Vector<T> delta = load(block.at(a.delta, t) + channel, lanes);
                const T* B = block.at(a.B, t);
                const T* C = block.at(a.C, t);
                const Vector<T> delta_u = delta * u;
                Vector<T> y = D * u;
#pragma GCC unroll 16
                for (int n = 0; n < states; ++n) {
                    h[n] = exp2<T>(delta * rate[n]) * h[n] + delta_u * B[n];
                    y += h[n] * C[n];
                }
                store(block.at(a.y, t) + channel, y, lanes);
            }
            std::memcpy(kept + v * states, h, states * sizeof *h);
        }
    }
}

template <class T, int N> void backward_block(const Block<T>& block, Vector<T>* scratch) {
    const Arguments& a = block.a;
    const int states = N ? N : static_cast<int>(a.states);
    const auto take = [&](int64_t count) {
        Vector<T>* taken = scratch;
        scratch += count * states;
        return taken;
    };
    Vector<T>* A = take(BLOCK_VECTORS);
    Vector<T>* grad_A = take(BLOCK_VECTORS);
    Vector<T>* carry = take(BLOCK_VECTORS);  // exp(delta A) dL/dh of the step behind
    Vector<T>* h = take(CHUNK + 1);          // h[0] is the state before the chunk
    Vector<T>* decay = take(CHUNK);
    Vector<T>* grad_B = take(CHUNK);  // lanes not summed yet
    Vector<T>* grad_C = take(CHUNK);
    Vector<T> grad_D[BLOCK_VECTORS] = {};
    for (int v = 0; v < block.vectors; ++v) block.load_A(A + v * states, v);
    for (int i = 0; i < BLOCK_VECTORS * states; ++i) carry[i] = grad_A[i] = Vector<T>{};

    const int64_t part = block.index * a.batch * a.groups * a.length * states;
    for (int64_t chunk = divide_up(a.length, CHUNK) - 1; chunk >= 0; --chunk) {
        const int64_t begin = chunk * CHUNK;
        const int steps = static_cast<int>(begin + CHUNK < a.length ? CHUNK : a.length - begin);
        for (int v = 0; v < block.vectors; ++v) {
            const int lanes = block.lanes(v);
            const int64_t channel = block.channel(v);
            const Vector<T>* rate = A + v * states;
            const Vector<T> D = block.load_D(v);

            std::memcpy(h, block.start(chunk, v), states * sizeof *h);
            for (int step = 0; step < steps; ++step) {
                const Vector<T> u = load(block.at(a.u, begin + step) + channel, lanes);
                const Vector<T> delta = load(block.at(a.delta, begin + step) + channel, lanes);
                const T* B = block.at(a.B, begin + step);
                const Vector<T> delta_u = delta * u;
                const Vector<T> delta_2 = delta * static_cast<T>(LOG2_E);
                const Vector<T>* before = h + step * states;
                Vector<T>* after = h + (step + 1) * states;
#pragma GCC unroll 4
                for (int n = 0; n < states; ++n) {
                    const Vector<T> factor = exp2<T>(delta_2 * rate[n]);
                    decay[step * states + n] = factor;
                    after[n] = factor * before[n] + delta_u * B[n];
                }
            }

            // Adjoint recurrence: dL/dh_t = C_t dL/dy_t + exp(delta_{t+1} A) dL/dh_{t+1}.
            for (int step = steps - 1; step >= 0; --step) {
                const int64_t t = begin + step;
                const Vector<T> u = load(block.at(a.u, t) + channel, lanes);
                const Vector<T> delta = load(block.at(a.delta, t) + channel, lanes);
                const Vector<T> grad_y = load(block.at(a.grad_y, t) + channel, lanes);
                const T* B = block.at(a.B, t);
                const T* C = block.at(a.C, t);
                const Vector<T> delta_u = delta * u;
                Vector<T> grad_delta_u = {}, grad_delta = {};
                const Vector<T>* before = h + step * states;
                const Vector<T>* after = before + states;
                const Vector<T>* factor = decay + step * states;
                Vector<T>* into_B = grad_B + step * states;
                Vector<T>* into_C = grad_C + step * states;
                Vector<T>* behind = carry + v * states;
                Vector<T>* into_A = grad_A + v * states;
#pragma GCC unroll 4
                for (int n = 0; n < states; ++n) {
                    const Vector<T> grad_h = grad_y * C[n] + behind[n];
                    const Vector<T> decayed = grad_h * factor[n];
                    behind[n] = decayed;
                    const Vector<T> from_C = grad_y * after[n], from_B = grad_h * delta_u;
                    into_C[n] = v ? into_C[n] + from_C : from_C;
                    into_B[n] = v ? into_B[n] + from_B : from_B;
                    grad_delta_u += grad_h * B[n];
                    // For the exponent x_t = delta_t A: dL/dx_t = dL/dh_t exp(x_t) h_{t-1}.
                    const Vector<T> grad_exponent = decayed * before[n];
                    grad_delta += grad_exponent * rate[n];
                    into_A[n] += grad_exponent * delta;
                }
                store(block.at(a.grad_u, t) + channel, grad_delta_u * delta + grad_y * D, lanes);
                store(block.at(a.grad_delta, t) + channel, grad_delta_u * u + grad_delta, lanes);
                grad_D[v] += grad_y * u;
            }
        }
        for (int step = 0; step < steps; ++step) {
            T* to_B = block.at(a.grad_B, begin + step) + part;
            T* to_C = block.at(a.grad_C, begin + step) + part;
            for (int n = 0; n < states; ++n) {
                to_B[n] = sum<T>(grad_B[step * states + n]);
                to_C[n] = sum<T>(grad_C[step * states + n]);
            }
        }
    }
    for (int v = 0; v < block.vectors; ++v) {
        const int64_t row = (block.batch * a.groups + block.group) * a.channels + block.channel(v);
        T* to_A = static_cast<T*>(a.grad_A) + row * states;
        for (int i = 0; i < block.lanes(v); ++i) {
            for (int n = 0; n < states; ++n) to_A[i * states + n] = grad_A[v * states + n][i];
        }
        store(static_cast<T*>(a.grad_D) + row, grad_D[v], block.lanes(v));
    }
}

// Runs `body` for every block; false if there is no memory for the buffers.
//
// The threads live for one call. A pool would be quicker by some tens of microseconds, of
// milliseconds, and its idle threads would have to wait: OpenMP's wait by spinning, which takes
// the processor from whoever else has work.
template <class T, class Body> int for_blocks(const Arguments& a, int64_t rows, Body body) {
    const int64_t count = Block<T>::count(a);
    std::atomic<int64_t> next{0};
    std::atomic<bool> complete{true};
    const auto work = [&] {
        Vector<T>* scratch = new (std::nothrow) Vector<T>[rows * a.states];
        if (!scratch) complete = false;
        for (int64_t item; scratch && (item = next++) < count;) body(Block<T>(a, item), scratch);
        delete[] scratch;
    };
    std::vector<std::thread> helpers;
    try {
        helpers.reserve(std::min(a.threads, count));
        while (static_cast<int64_t>(helpers.size()) + 1 < std::min(a.threads, count)) {
            helpers.emplace_back(work);
        }
    } catch (const std::exception&) {  // no more threads or memory: those that are there do it
    }
    work();
    for (std::thread& helper : helpers) helper.join();
    return complete;
}

template <class T> int forward(const Arguments& a) {
    const auto body = a.states == 16 ? forward_block<T, 16> : forward_block<T, 0>;
    return for_blocks<T>(a, 2 * BLOCK_VECTORS + 1, body);
}

template <class T> int backward(const Arguments& a) {
    const auto body = a.states == 16 ? backward_block<T, 16> : backward_block<T, 0>;
    return for_blocks<T>(a, 3 * BLOCK_VECTORS + 4 * CHUNK + 1, body);
}

}  // namespace

extern "C" {
int forward_float(const Arguments* a) { return forward<float>(*a); }
int forward_double(const Arguments* a) { return forward<double>(*a); }
int backward_float(const Arguments* a) { return backward<float>(*a); }
int backward_double(const Arguments* a) { return backward<double>(*a); }
// What a caller has to know to make room for `starts`, `grad_B` and `grad_C`.
int chunk_steps() { return CHUNK; }
int vector_bytes() { return VECTOR_BYTES; }
int block_vectors() { return BLOCK_VECTORS; }
}
