using System.Diagnostics;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Bench;

/// <summary>What naming costs: an admin that takes claims, an audit of a hundred thousand of them, a proof among a million.</summary>
internal static class NamingBench
{
    private const int Claims = 100_000, PerTick = 2_000, SignaturesOfAClaim = 5; // ticket, seal, deed, claim, reveal
    private const int Accepted = 4_000, Deeds = 1_000_000, DeedsPerTick = 1_000;

    public static Task<Report> RunAsync(int runs)
    {
        List<double> claims = [], audits = [], checks = [], resident = [], ratios = [], verifies = [];
        var proofBytes = 0d;
        var world = MakeWorld();
        var proof = MakeProof(out var members, out var genesis, out var id);
        for (var run = 0; run < runs; run++)
        {
            verifies.Add(VerifySeconds());
            claims.Add(ClaimsPerSecond());
            var (seconds, bytes) = Audit(world);
            audits.Add(seconds);
            resident.Add(bytes);
            ratios.Add(Claims * SignaturesOfAClaim * verifies[^1] / seconds);
            proofBytes = proof.Length;
            checks.Add(CheckMilliseconds(proof, genesis, members, id));
        }

        var verify = Figure.Median(verifies);
        return Task.FromResult<Report>(new("naming", Machine.Description,
        [
            Figure.Of("claims_per_s", "1/s", claims, new("two verifications and a signature", 1 / (2.5 * verify))),
            Figure.Of("audit_100k_s", "s", audits, new("its signatures alone", Claims * SignaturesOfAClaim * verify)),
            Figure.Of("proof_bytes", "bytes", [proofBytes]),
            Figure.Of("proof_check_ms", "ms", checks, new("five verifications", 5e3 * verify)),
            Figure.Of("deed_bytes", "bytes", resident),
            Figure.Of("sync_ratio", "", ratios),
        ]));
    }

    // One after the other, as a single thread of a hub would.
    private static double VerifySeconds()
    {
        var key = SigningKey.Generate(Net.SystemEntropy.Shared);
        var message = new byte[300];
        var signature = key.Sign(message);
        return Seconds(() =>
        {
            for (var i = 0; i < 5_000; i++)
                if (!Ed25519.Verify(key.Public, message, signature)) throw new BenchException("a signature does not hold");
        }) / 5_000;
    }

    private static double ClaimsPerSecond()
    {
        var world = new NamingWorld(1);
        var leaves = Enumerable.Range(0, Accepted).Select(_ => world.Claim(world.Genesis.FirstTick, 0).Sealed.Text).ToArray();
        var now = new Moment(new Instant(0), DateTimeOffset.FromUnixTimeSeconds(world.Genesis.Origin));
        var machine = new AdminMachine(now, world.Genesis, world.KeyOf(0), new Registry(world.Genesis), Net.SystemEntropy.Shared, new NothingStored());
        var receipts = 0;
        var seconds = Seconds(() =>
        {
            for (var i = 0; i < leaves.Length; i++)
            {
                machine.Ask(now, i, AdminVerb.Claim, default, leaves[i]);
                while (machine.TryTake(out var happened))
                {
                    if (happened is AdminEvent.Store store) machine.Stored(now, store.Number);
                    else if (happened is AdminEvent.Answer { Status: AdminStatus.Ok }) receipts++;
                }
            }
        });
        return receipts == Accepted ? Accepted / seconds : throw new BenchException($"{receipts} of {Accepted} claims were taken");
    }

    private static NamingWorld MakeWorld()
    {
        var world = new NamingWorld(4);
        Queue<List<byte[]>> reveals = new();
        for (var done = 0; done < Claims || reveals.Count > 0; done += PerTick)
        {
            List<byte[]> next = [];
            for (var i = 0; i < PerTick && done < Claims; i++)
            {
                var (claim, reveal, _) = world.Claim(world.Registry!.Tick, i % 4);
                world.Log(i % 4, claim.Text);
                next.Add(reveal);
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
        var auditor = new Auditor(world.Genesis);
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
        for (var t = 0; t < Deeds / DeedsPerTick; t++)
        {
            if (!tick.TryNext(out tick)) throw new BenchException("no tick is left");
            foreach (var name in Enumerable.Range(0, DeedsPerTick).Select(_ => RoutingId.Random(tick, Net.SystemEntropy.Shared)).Order())
            {
                id = name;
                state.Set(new()
                {
                    Status = TitleStatus.Final, Id = name, Record = 3, FinalHeight = 9, Expiry = tick, ClaimKey = new(NamingWorld.Seed()),
                    ChannelKey = new(NamingWorld.Seed()), Hubs = [members[0].Id, members[6].Id], DeedHash = NamingWorld.Seed(), RecoveryHash = NamingWorld.Seed(),
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

    private sealed class NothingStored : IAdminReader
    {
        public byte[] Votes => [];

        public ulong OwnLeaves => 0;

        public byte[]? Certificate(uint height) => null;

        public byte[]? Leaf(RoutingId member, ulong index) => null;

        public int Tickets(RoutingTick timestamp) => 0;
    }
}
