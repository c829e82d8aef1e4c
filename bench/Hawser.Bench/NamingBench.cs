using System.Diagnostics;
using System.Runtime;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Hub;
using Hawser.Hub.Store;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Bench;

/// <summary>What naming costs: an admin that takes claims, an audit of a hundred thousand of them, a proof among a million.</summary>
internal static class NamingBench
{
    private const int Claims = 100_000, PerTick = 2_000, SignaturesOfAClaim = 5; // ticket, seal, deed, claim, reveal
    private const int WarmRounds = 10, Accepted = 4_000, Deeds = 1_000_000, DeedsPerTick = 1_000, AtOnce = 512, Verifications = 8_000;

    private static readonly string HowClaims = string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"claims that were checked, appended, synced to disk and answered with a receipt, {AtOnce} under way, by a hub whose compiler is done");

    public static async Task<Report> RunAsync(int runs)
    {
        List<double> claims = [], audits = [], checks = [], resident = [], ratios = [], verifies = [], everywhere = [];
        Say("a million titles, and one's proof");
        var proof = MakeProof(out var members, out var genesis, out var id);
        Say($"{Claims} claims, as four admins publish them");
        var world = MakeWorld();
        for (var run = 0; run < runs; run++)
        {
            verifies.Add(VerifySeconds(OneWorker.Instance));
            everywhere.Add(VerifySeconds(AllCores.Instance));
            Say("a hub that takes claims");
            claims.Add(await ClaimsPerSecondAsync());
            Say("the audit");
            var (seconds, bytes) = Audit(world);
            audits.Add(seconds);
            resident.Add(bytes);
            ratios.Add(Claims * SignaturesOfAClaim * everywhere[^1] / seconds);
            checks.Add(CheckMilliseconds(proof, genesis, members, id));
        }

        var (verify, all) = (Figure.Median(verifies), Figure.Median(everywhere));
        return new("naming", Machine.Description,
        [
            Figure.Of("claims_per_s", "1/s", claims, new("two verifications and a signature, on one core", 1 / (2.5 * verify))) with { Method = HowClaims },
            Figure.Of("audit_100k_s", "s", audits, new("its signatures alone, on all cores", Claims * SignaturesOfAClaim * all)),
            Figure.Of("proof_bytes", "bytes", [proof.Length], new("goal", 2_048)),
            Figure.Of("proof_check_ms", "ms", checks, new("five verifications", 5e3 * verify)),
            Figure.Of("deed_bytes", "bytes", resident, new("goal", 1_024)),
            Figure.Of("sync_ratio", "", ratios, new("goal", 0.5)),
        ]);
    }

    /// <summary>The claims alone, beside what the machine can sign and verify in the same run: some seconds.</summary>
    public static async Task<Report> RunClaimsAsync(int runs)
    {
        List<double> claims = [], everywhere = [], signs = [], spent = [], least = [];
        for (var run = 0; run < runs; run++)
        {
            everywhere.Add(VerifySeconds(AllCores.Instance));
            signs.Add(SignSeconds());
            var before = Environment.CpuUsage.TotalTime;
            VerifySeconds(AllCores.Instance);
            least.Add((Environment.CpuUsage.TotalTime - before).TotalMicroseconds / Verifications * 2 + signs[^1] * Environment.ProcessorCount * 1e6);
            claims.Add(await ClaimsPerSecondAsync(cpu => spent.Add(cpu.TotalMicroseconds / Accepted)));
        }

        return new("claims", Machine.Description,
        [
            Figure.Of("claims_per_s", "1/s", claims, new("two verifications and a signature, on all cores", 1 / (2 * Figure.Median(everywhere) + Figure.Median(signs)))) with { Method = HowClaims },
            // What others do on the machine at the same time changes this least.
            Figure.Of("claim_cpu_us", "us", spent, new("two verifications and a signature", Figure.Median(least))),
            Figure.Of("verify_us", "us", [.. everywhere.Select(seconds => seconds * 1e6)]),
        ]);
    }

    private static double SignSeconds()
    {
        const int times = 8_000;
        var key = SigningKey.Generate(Net.SystemEntropy.Shared);
        var message = new byte[100];
        return Seconds(() => AllCores.Instance.Each(times, _ => key.Sign(message))) / times;
    }

    private static void Say(string what)
    {
        if (!Console.IsErrorRedirected) Console.Error.WriteLine($"naming: {what}");
    }

    // How long one takes, of many, however many are checked side by side.
    private static double VerifySeconds(IWorkers workers)
    {
        const int times = Verifications;
        var key = SigningKey.Generate(Net.SystemEntropy.Shared);
        var message = new byte[300];
        var signature = key.Sign(message);
        return Seconds(() => workers.Each(times, _ =>
        {
            if (!Ed25519.Verify(key.Public, message, signature)) throw new BenchException("a signature does not hold");
        })) / times;
    }

    // A hub with its store on disk: what it has given a receipt for is synced there.
    private static async Task<double> ClaimsPerSecondAsync(Action<TimeSpan>? spent = null)
    {
        var home = new Home(Path.Combine(Path.GetTempPath(), $"hawser-bench-{Environment.ProcessId}"));
        try
        {
            var at = HostPort.Read([192, 0, 2, 1], 65_430);
            using var store = HubStore.Create(home, new("bench", "http://192.0.2.1", at, at, at), Net.SystemEntropy.Shared);
            var world = new NamingWorld([store.AdminKey], DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, 1);
            using var peers = new AdminPeers();
            using var admin = new AdminHost(world.Genesis, store, peers, TimeProvider.System, NullLogger.Instance);
            // A hub runs for months: what its compiler does in the first seconds is not the price of a claim.
            for (var (round, compiled) = (0, true); compiled && round < WarmRounds; round++) (_, _, compiled) = await TakeAsync();
            var (seconds, cpu, _) = await TakeAsync();
            spent?.Invoke(cpu);
            return Accepted / seconds;

            async Task<(double Seconds, TimeSpan Cpu, bool Compiled)> TakeAsync()
            {
                var leaves = new byte[Accepted][];
                AllCores.Instance.Each(leaves.Length, i => leaves[i] = world.Claim(world.Genesis.FirstTick, 0).Sealed.Text);
                var (receipts, methods) = (0, JitInfo.GetCompiledMethodCount());
                var before = Environment.CpuUsage.TotalTime;
                var start = Stopwatch.GetTimestamp();
                await Parallel.ForEachAsync(leaves, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (leaf, cancel) =>
                {
                    var (status, _) = await admin.AskAsync(AdminVerb.Claim, default, leaf, cancel);
                    if (status is AdminStatus.Ok) Interlocked.Increment(ref receipts);
                });
                if (receipts != Accepted) throw new BenchException($"{receipts} of {Accepted} claims were taken");
                return (Stopwatch.GetElapsedTime(start).TotalSeconds, Environment.CpuUsage.TotalTime - before, JitInfo.GetCompiledMethodCount() > methods + 5);
            }
        }
        finally
        {
            if (Directory.Exists(home.Folder)) Directory.Delete(home.Folder, recursive: true);
        }
    }

    private static NamingWorld MakeWorld()
    {
        var world = new NamingWorld(4);
        Queue<List<byte[]>> reveals = new();
        for (var done = 0; done < Claims || reveals.Count > 0; done += PerTick)
        {
            List<byte[]> next = [];
            var made = new (SealedClaim Sealed, byte[] Reveal, Deed Deed)[done < Claims ? PerTick : 0];
            var tick = world.Registry!.Tick;
            AllCores.Instance.Each(made.Length, i => made[i] = world.Claim(tick, i % 4));
            for (var i = 0; i < made.Length; i++)
            {
                world.Log(i % 4, made[i].Sealed.Text);
                next.Add(made[i].Reveal);
            }

            if (next.Count > 0) reveals.Enqueue(next);
            if (reveals.Count > 2 || next.Count == 0)
                foreach (var reveal in reveals.Dequeue()) world.Log(1, reveal);
            world.Close();
        }

        for (var i = 0; i < 4; i++) world.Close(); // until the last are final
        if (world.Registry!.State.Count < Claims * 0.999) throw new BenchException("claims were lost");
        world.Forget();
        return world;
    }

    private static (double Seconds, double BytesPerDeed) Audit(NamingWorld world)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var auditor = new Auditor(world.Genesis, AllCores.Instance);
        var seconds = Seconds(() =>
        {
            while (auditor.TryStep(world, out var differs)) { }
        });
        var titles = auditor.Registry.State.Count;
        if (titles < Claims * 0.999) throw new BenchException($"the audit found {titles} titles");
        var bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / titles;
        GC.KeepAlive(auditor);
        return (seconds, bytes);
    }

    // Seven admins, a million titles, each thrice renewed.
    private static byte[] MakeProof(out Members members, out Bytes32 genesis, out RoutingId id)
    {
        var world = new NamingWorld(7);
        var state = new StateTree();
        (members, genesis, id) = (world.Genesis.Founders, world.Genesis.Hash, default);
        var tick = world.Genesis.FirstTick;
        IReadOnlyList<RoutingId> hubs = [members[0].Id, members[6].Id];
        for (var t = 0; t < Deeds / DeedsPerTick; t++)
        {
            if (!tick.TryNext(out tick)) throw new BenchException("no tick is left");
            for (var i = 0; i < DeedsPerTick; i++)
            {
                id = RoutingId.Random(tick, Net.SystemEntropy.Shared);
                state.Set(new()
                {
                    Status = TitleStatus.Final, Id = id, Record = 3, FinalHeight = 9, Expiry = tick, ClaimKey = new(NamingWorld.Seed()),
                    ChannelKey = new(NamingWorld.Seed()), Hubs = hubs, DeedHash = NamingWorld.Seed(), RecoveryHash = NamingWorld.Seed(),
                });
            }
        }

        var heads = members.All.Select((member, place) => AgreementMessage.MakeHead(world.Genesis.Hash, 1, member.Id, world.KeyOf(place), tick, LogHead.Empty));
        var value = AgreedValue.Of(world.Genesis.Hash, 1, world.Genesis.Hash, heads, [.. members.All.Select(_ => LogHead.Empty)]);
        var certificate = world.Certify(1, tick, new(state.Root, default), value);
        return OwnershipProof.Make(certificate, members, state, id).Write();
    }

    private static double CheckMilliseconds(byte[] bytes, Bytes32 genesis, Members members, RoutingId id)
    {
        const int times = 500;
        return Seconds(() =>
        {
            for (var i = 0; i < times; i++)
                if (!OwnershipProof.TryRead(bytes, out var proof) || proof.Verify(genesis, members, id, out _) is not null)
                    throw new BenchException("a proof does not hold");
        }) * 1e3 / times;
    }

    private static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
