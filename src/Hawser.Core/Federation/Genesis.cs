using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What a federation starts from; its hash names the federation in every signed text. federation.md §4.1.</summary>
internal sealed class Genesis
{
    public const int MaxAdmins = 64; // federation.md §6
    public const int MaxSize = 64 << 10;
    public const uint MaxWindow = 1_000;
    private const uint DefaultLife = 1_292, DefaultRenewal = 318, DefaultGrace = 318, DefaultDelay = 21; // federation.md §4.1
    private const uint MaxTicks = 10_000;
    private const ulong MinOrigin = 1_293_840_000; // 2011, the first year that IDs can name
    private const ulong MaxOrigin = 2_398_377_599; // the end of 2045

    /// <summary>What people call the federation.</summary>
    public required string Name { get; init; }

    /// <summary>The version of the fold's rules.</summary>
    public uint Rules { get; init; } = 1;

    /// <summary>The moment, in seconds of Unix time, at which routing time and UTC agree.</summary>
    public required long Origin { get; init; }

    /// <summary>Routing time runs so many times faster than UTC; not 1 means a test federation.</summary>
    public uint ClockRate { get; init; } = 1;

    /// <summary>C, in heights.</summary>
    public uint ClaimWindow { get; init; } = 2;

    /// <summary>R, in heights.</summary>
    public uint RevealWindow { get; init; } = 14;

    /// <summary>Ticks that a final ID is its holder's, and that a renewal adds. Written only where it is not this.</summary>
    public uint Life { get; init; } = DefaultLife;

    /// <summary>Ticks before the end of that life in which it can be renewed.</summary>
    public uint RenewalWindow { get; init; } = DefaultRenewal;

    /// <summary>Ticks after it in which the holder still can, and nobody is reached.</summary>
    public uint Grace { get; init; } = DefaultGrace;

    /// <summary>Heights that a transfer or cancellation waits for a recovery key's word, where there is one.</summary>
    public uint RecoveryDelay { get; init; } = DefaultDelay;

    /// <summary>Per admin and height.</summary>
    public uint MaxLeaves { get; init; } = 1 << 20;

    /// <summary>Of leaves, per admin and height.</summary>
    public uint MaxBytes { get; init; } = 1 << 30;

    /// <summary>Per issuing admin and timestamp.</summary>
    public uint MaxClaims { get; init; } = 65_536;

    /// <summary>The founders; the members of every height, as long as no vote changes them.</summary>
    public required Members Founders { get; init; }

    /// <summary>The same, with IDs that live so many ticks, and may be renewed in the last quarter.</summary>
    public Genesis Living(uint ticks) => new()
    {
        Name = Name, Rules = Rules, Origin = Origin, ClockRate = ClockRate, ClaimWindow = ClaimWindow, RevealWindow = RevealWindow,
        Life = ticks, RenewalWindow = ticks / 4, Grace = ticks / 4, RecoveryDelay = RevealWindow + ClaimWindow, MaxLeaves = MaxLeaves,
        MaxBytes = MaxBytes, MaxClaims = MaxClaims, Founders = Founders,
    };

    public bool IsTest => ClockRate != 1;

    /// <summary>&lt;genesis&gt;: SHA-256 of the text.</summary>
    public Bytes32 Hash => field.IsZero ? field = Sha256.Hash(Encoding.UTF8.GetBytes(ToString())) : field;

    /// <summary>Routing time of this federation.</summary>
    public RoutingClock Clock => new(DateTimeOffset.FromUnixTimeSeconds(Origin), (int)ClockRate);

    /// <summary>What stands for the tick of the certificate before the first: the one that the origin lies in.</summary>
    public RoutingTick FirstTick => Clock.TryAt(DateTimeOffset.FromUnixTimeSeconds(Origin), out var tick)
        ? tick
        : throw new InvalidOperationException("an origin without a tick");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        hawser/genesis/1
        Name: {Name}
        Rules: {Rules}
        Origin: {Origin}
        Clock-Rate: {ClockRate}
        Claim-Window: {ClaimWindow}
        Reveal-Window: {RevealWindow}
        Max-Leaves: {MaxLeaves}
        Max-Bytes: {MaxBytes}
        Max-Claims: {MaxClaims}

        """).ReplaceLineEndings("\n") + Unless(DefaultLife, "Life", Life) + Unless(DefaultRenewal, "Renewal-Window", RenewalWindow)
        + Unless(DefaultGrace, "Grace", Grace) + Unless(DefaultDelay, "Recovery-Delay", RecoveryDelay) + string.Concat(Founders.All.Select(m => $"{m}\n"));

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out Genesis genesis)
    {
        genesis = null!;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadLine(out var title) || !title.SequenceEqual("hawser/genesis/1"u8) ||
            !reader.TryReadField("Name"u8, out ReadOnlySpan<byte> name) ||
            !TryReadNumber(ref reader, "Rules"u8, 1, uint.MaxValue, out var rules) ||
            !TryReadNumber(ref reader, "Origin"u8, MinOrigin, MaxOrigin, out var origin) ||
            !TryReadNumber(ref reader, "Clock-Rate"u8, 1, RoutingClock.MaxRate, out var rate) ||
            !TryReadNumber(ref reader, "Claim-Window"u8, 1, MaxWindow, out var claim) ||
            !TryReadNumber(ref reader, "Reveal-Window"u8, 1, MaxWindow, out var reveal) ||
            !TryReadNumber(ref reader, "Max-Leaves"u8, 1, 1 << 20, out var leaves) ||
            !TryReadNumber(ref reader, "Max-Bytes"u8, 1, 1 << 30, out var bytes) ||
            !TryReadNumber(ref reader, "Max-Claims"u8, 1, 1 << 20, out var claims)) return false;

        if (!TryReadOther(ref reader, "Life"u8, MaxTicks, DefaultLife, out var life) ||
            !TryReadOther(ref reader, "Renewal-Window"u8, MaxTicks, DefaultRenewal, out var renewal) ||
            !TryReadOther(ref reader, "Grace"u8, MaxTicks, DefaultGrace, out var grace) ||
            !TryReadOther(ref reader, "Recovery-Delay"u8, MaxWindow, DefaultDelay, out var delay) || renewal >= life) return false;

        var founders = new List<Member>();
        while (reader.TryReadLine(out var line))
        {
            if (founders.Count == MaxAdmins || !Member.TryParse(Encoding.UTF8.GetString(line), out var member)) return false;
            founders.Add(member);
        }

        if (!reader.AtEnd || founders.Count == 0 || !Member.IsName(Encoding.UTF8.GetString(name))) return false;
        if (founders.DistinctBy(m => m.Id).Count() < founders.Count || founders.DistinctBy(m => m.Key).Count() < founders.Count)
            return false;
        genesis = new()
        {
            Name = Encoding.UTF8.GetString(name), Rules = (uint)rules, Origin = (long)origin, ClockRate = (uint)rate,
            ClaimWindow = (uint)claim, RevealWindow = (uint)reveal, MaxLeaves = (uint)leaves, MaxBytes = (uint)bytes,
            MaxClaims = (uint)claims, Life = (uint)life, RenewalWindow = (uint)renewal, Grace = (uint)grace,
            RecoveryDelay = (uint)delay, Founders = new(founders),
        };
        return text.SequenceEqual(Encoding.UTF8.GetBytes(genesis.ToString())); // order of the founders, stray UTF-8
    }

    private static string Unless(uint usual, string name, uint value) =>
        value == usual ? "" : string.Create(CultureInfo.InvariantCulture, $"{name}: {value}\n");

    // A line that is left out stands for the usual value.
    private static bool TryReadOther(ref LineReader reader, ReadOnlySpan<byte> name, uint most, uint usual, out ulong value)
    {
        if (!reader.TryReadField(name, out value)) value = usual;
        return value is > 0 && value <= most;
    }

    private static bool TryReadNumber(
        ref LineReader reader, ReadOnlySpan<byte> name, ulong min, ulong max, out ulong value) =>
        reader.TryReadField(name, out value) && value >= min && value <= max;
}
