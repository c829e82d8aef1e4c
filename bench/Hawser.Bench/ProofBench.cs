using System.Globalization;
using Hawser.Net;
using Hawser.Net.Proving;
using Hawser.Proof;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Bench;

/// <summary>Proofs of address: STUN answers a core, with coturn beside; round trips of a proof; memory of a lease.</summary>
internal static class ProofBench
{
    private const int Leases = 100_000, Window = 512;
    private const int Turns = 8;
    private const double TurnSeconds = 0.25;
    private static readonly HostPort Loopback = HostPort.Read([127, 0, 0, 1], 0);

    public static async Task<Report> RunAsync(int runs)
    {
        List<double> ours = [], theirs = [], memory = [], listening = [], direct = [], notary = [], reflection = [];
        for (var run = 0; run < runs; run++)
        {
            var (own, other) = Stun();
            ours.Add(own);
            if (other is { } answered) theirs.Add(answered);
            memory.Add(BytesOfALease());
            listening.Add(await ProofTrips.OfAsync("listening"));
            direct.Add(await ProofTrips.OfAsync("direct"));
            notary.Add(await ProofTrips.OfAsync("notary"));
            reflection.Add(await ReflectionTrips.OfAsync());
        }

        return new("proof", Machine.Description,
        [
            Figure.Of("stun_per_core", "1/s", ours, theirs.Count == 0 ? new("goal", 200_000) : new("Debian coturn, same load", Figure.Median(theirs))) with
            {
                Method = "Binding answers over the CPU seconds, kernel included, of the server's thread; the load is a client of our own on loopback with at most "
                    + $"{Window} requests under way{(theirs.Count == 0 ? "; coturn is not installed" : "; coturn by the CPU seconds of its process")}",
            },
            Figure.Of("proof_rtts_listening", "RTT", listening, new("least: STUN, ask and challenge, answer", 3)) with { Method = "round trips one after another on a loopback link, without opening the TCP connection" },
            Figure.Of("proof_rtts_direct", "RTT", direct, new("least: consent, ask and challenge, answer", 3)) with { Method = "the same; the line is open before" },
            Figure.Of("proof_rtts_notary", "RTT", notary, new("least: ask, notary, answer", 3)) with { Method = "the same; beside these it asks a notary where it is seen; the list of notaries came with what the hub says of itself" },
            Figure.Of("proof_rtts_reflection", "RTT", reflection, new("least: connect, ask and both answers, answer", 3)) with { Method = "hub and web servers 100 ms away; beside these it asks the web servers as whom it is seen; their list came with what the hub says of itself" },
            Figure.Of("lease_bytes", "B", memory, new("goal", 200)) with { Method = string.Create(CultureInfo.InvariantCulture, $"heap of the desk over {Leases} leases at as many hosts, all with a challenge on its way") },
            NotaryFigures.PerCore(runs),
        ]);
    }

    // The CPU clock of the serving thread alone: what the load costs is not the server's. The two in turns, as others use
    // the machine too.
    private static (double Ours, double? Theirs) Stun()
    {
        using var stun = new StunHost(new(Loopback, 0, null), TimeProvider.System, NullLogger.Instance, int.MaxValue / 2, new(SystemEntropy.Shared));
        using var coturn = Coturn.IsThere ? new Coturn() : null;
        Ask(stun.Local, 0.5); // warm
        for (var tries = 0; coturn is not null && Ask(coturn.At, 0.1) == 0; tries++)
            if (tries == 50) throw new BenchException("coturn does not answer");
        (long Answers, double Seconds) ours = default, theirs = default;
        for (var turn = 0; turn < Turns; turn++)
        {
            Add(ref ours, stun.Local, () => ThreadClock.OfThreadsNamed("stun"));
            if (coturn is not null) Add(ref theirs, coturn.At, () => coturn.Used);
        }

        return (ours.Answers / ours.Seconds, coturn is null ? null : theirs.Answers / theirs.Seconds);
    }

    private static void Add(ref (long Answers, double Seconds) sum, HostPort server, Func<double> used)
    {
        var before = used();
        var answers = Ask(server, TurnSeconds);
        sum = (sum.Answers + answers, sum.Seconds + used() - before);
    }

    /// <summary>Keeps a bounded number of requests under way for so long; how many were answered.</summary>
    private static long Ask(HostPort server, double seconds)
    {
        using var load = new StunLoad(server, Window);
        return load.Run(TimeSpan.FromSeconds(seconds));
    }

    private static double BytesOfALease()
    {
        var budget = new ChallengeBudget(); // of the hub, not of the lease: its accounts, whoever uses them
        for (var i = 0; i < Leases; i++) budget.TrySpend(new(1), new(((UInt128)0xFFFF << 32) | (uint)(0x0B000000 + i), 1), solicited: true);
        var (all, now) = (new AllReached(), new Moment(new(61_000_000), DateTimeOffset.UnixEpoch));
        var before = GC.GetTotalMemory(true);
        var desk = new SenderDesk(SystemEntropy.Shared, default, Loopback with { Port = 3478 }, budget, allowsLoopback: true);
        desk.Add(all);
        for (var i = 0; i < Leases; i++)
        {
            var at = new HostPort(((UInt128)0xFFFF << 32) | (uint)(0x0B000000 + i), 1_024);
            var (line, to) = (new LineId((ulong)i), new ProvenAddress(at, AddressTransport.Udp));
            if (!desk.TryOpen(now, line, at, out var session) || desk.Hello(now, line, to, AddressMethod.ListeningSocket) is not SenderStatus.Okay)
                throw new BenchException("a lease was refused");
            desk.TryTakeNotice(out _);
            var token = ConsentToken.Make(all.Last, default, Loopback with { Port = 3478 }, to, session);
            if (desk.Authorize(now, line, to, token) is not SenderStatus.Okay) throw new BenchException("a consent was refused");
        }

        // They are asked again, and none has answered yet.
        desk.Tick(new(now.Mono + TimeSpan.FromSeconds(7), now.Utc), []);
        while (desk.TryTakeNotice(out _)) { }
        var bytes = (GC.GetTotalMemory(true) - before) / (double)Leases;
        if (desk.Leases != Leases) throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"{desk.Leases} leases are left"));
        GC.KeepAlive(desk);
        return bytes;
    }

    /// <summary>A way that reaches everybody, whoever asks: only what the desk keeps is measured.</summary>
    private sealed class AllReached : IAddressProof
    {
        public AddressMethod Method => AddressMethod.ListeningSocket;

        public StunId Last { get; private set; }

        public bool CanReach(Instant now, in ProvenAddress address) => true;

        public bool IsSolicited(Instant now, in ProvenAddress address) => true;

        public void Send(Instant now, in ProvenAddress address, StunId challenge) => Last = challenge;
    }
}
