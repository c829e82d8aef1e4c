using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tests.Sim;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>
/// n admins, f of them hostile, in virtual time: half of the messages take up to 30 s for a while, clocks are off by up
/// to 12 hours of routing time, honest admins crash and keep only what was durable.
/// </summary>
internal sealed partial class AgreementSim
{
    private const double TickSeconds = 60;
    private const double Skew = 1.77 * TickSeconds; // 12 hours
    private readonly Founders _founders;
    private readonly SimRandom _random;
    private readonly AgreementRules _rules;
    private readonly PriorityQueue<Action, (double At, long Order)> _queue = new();
    private readonly Dictionary<Bytes32, bool> _checked = [];
    private readonly Dictionary<VerifyKey, SigningKey>? _standIns;
    private readonly Epochs _epochs;
    private readonly bool _convicts;
    private SimAdmin[] _admins;
    private readonly HashSet<int> _hostile;
    private readonly Dictionary<uint, Header> _attested = [];
    private readonly bool _forgets; // the vote store does not survive a crash, against line 4
    private readonly double _calm;
    private double _now;
    private long _order;

    /// <param name="seed">Of everything.</param>
    /// <param name="count">Founders.</param>
    /// <param name="faulty">How many of them are hostile.</param>
    /// <param name="rules">What the honest ones keep to.</param>
    /// <param name="forgets">The vote store does not survive a crash.</param>
    /// <param name="chaos">How many seconds messages may be slow.</param>
    /// <param name="crashes">At most so many.</param>
    /// <param name="changes">Members come, go and change their keys by vote.</param>
    /// <param name="convicts">Evidence goes into the logs, and freezes.</param>
    /// <param name="standIn">Signatures are keyed hashes.</param>
    public AgreementSim(
        ulong seed, int count, int faulty, AgreementRules rules = AgreementRules.All, bool forgets = false,
        double chaos = 500, int crashes = 40, bool changes = false, bool convicts = false, bool standIn = false)
    {
        _founders = new(count, (uint)Math.Round(new RoutingClock(default, 1).TickLength.TotalSeconds / TickSeconds), standIn: standIn);
        _standIns = standIn ? _founders.Keys.ToDictionary(key => key.Public) : null;
        (_random, _rules, _forgets) = (new(seed), rules, forgets);
        _calm = _random.NextDouble() * chaos;
        _hostile = [];
        while (_hostile.Count < faulty) _hostile.Add(_random.Next(count));
        _admins = [.. Enumerable.Range(0, count).Select(i => new SimAdmin(i, (2 * _random.NextDouble() - 1) * Skew, _founders.Keys[i]))];
        (_epochs, _convicts) = (Epochs.Of(_founders.Genesis), convicts);
        if (changes) Script(count);
        foreach (var admin in Honest)
        {
            At(0, () => Start(admin));
            At(5 * _random.NextDouble(), () => Grow(admin));
        }

        if (faulty > 0) At(1, Strike);
        for (var left = crashes == 0 ? 0 : _random.Next(crashes); left > 0; left--)
        {
            var victim = _admins[_random.Next(_admins.Length)];
            At(600 * _random.NextDouble(), () => Crash(victim));
        }
    }

    public Dictionary<uint, TickCertificate> Certificates { get; } = [];

    /// <summary>Double messages of honest admins: there must be none.</summary>
    public int HonestDoubles { get; private set; }

    public int HostileDoubles { get; private set; }

    /// <summary>Every proof that somebody could make of what it saw.</summary>
    public List<FraudProof> Convictions { get; } = [];

    public Genesis Genesis => _founders.Genesis;

    /// <summary>Who the admins were.</summary>
    public Epochs Epochs => _epochs;

    public bool IsHostile(RoutingId admin) => _hostile.Contains(_founders.Genesis.Founders.PlaceOf(admin));

    private IEnumerable<SimAdmin> Honest => _admins.Where(a => !_hostile.Contains(a.Place));

    /// <summary>Runs until every honest admin has so many certificates; says "ok", "stall", or how it split.</summary>
    public string Run(uint heights)
    {
        var limit = heights * TickSeconds * 2 + _calm * 3 + 1_500;
        while (Outcome is null && _queue.TryDequeue(out var happening, out var when) && when.At < limit)
        {
            _now = when.At;
            happening();
            if (Honest.All(a => a.Certified >= heights)) return Outcome ?? "ok";
        }

        return Outcome ?? $"stall at {_now:F0} s: {string.Join(", ", Honest.Select(a => $"{a.Place}:{a.Certified}"))}";
    }

    public string? Outcome { get; private set; }

    private void At(double time, Action happening) => _queue.Enqueue(happening, (Math.Max(time, _now), _order++));

    private double Delay() => _now < _calm
        ? _random.Chance(0.5) ? 30 * _random.NextDouble() : 0.4 * _random.NextDouble()
        : 0.01 + 0.39 * _random.NextDouble();

    private void Start(SimAdmin admin)
    {
        var genesis = _founders.Genesis;
        var replicas = new Replicas(genesis);
        var fold = new HashFold(genesis);
        foreach (var (certificate, leaves) in admin.Disk)
        {
            fold.Fold(leaves);
            foreach (var log in leaves.Logs) replicas.Restore(log);
        }

        if (fold.Roster.Members.All.FirstOrDefault(m => admin.Keys.Exists(key => key.Public == m.Key)) is { } me)
        {
            replicas.Write(me.Id);
            for (var i = (int)replicas.CertifiedSize(me.Id); i < admin.Own.Count; i++) replicas.AppendOwn(admin.Own[i]);
        }

        (admin.Replicas, admin.Fold) = (replicas, fold);
        admin.Machine = new(
            Now(admin), genesis, admin.Keys, replicas, fold,
            admin.Disk.LastOrDefault().Certificate, admin.Votes, _rules, check: Check);
        admin.Life++;
        Drain(admin);
    }

    // Real keys; but each message is checked once, however many admins hear it.
    private bool Check(in VerifyKey key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        if (_standIns is not null) return _standIns.TryGetValue(key, out var standIn) && standIn.Sign(text).AsSpan().SequenceEqual(signature);
        var seen = Sha256.Hash([.. key.Bytes.ToArray(), .. text, .. signature]);
        if (!_checked.TryGetValue(seen, out var holds)) _checked.Add(seen, holds = Ed25519.Verify(key, text, signature));
        return holds;
    }

    private void Crash(SimAdmin admin)
    {
        if (_hostile.Contains(admin.Place) || admin.Machine is null) return;
        admin.Machine = null;
        if (_forgets) admin.Votes = [];
        At(_now + 0.1 + 8 * _random.NextDouble(), () => Start(admin));
    }

    /// <summary>A leaf of its own, now and then.</summary>
    private void Grow(SimAdmin admin)
    {
        var leaf = new byte[20];
        _random.Fill(leaf);
        Log(admin, leaf);
        At(_now + 30 * _random.NextDouble(), () => Grow(admin));
    }

    private static void Log(SimAdmin admin, byte[] leaf)
    {
        if (admin.Machine is null || admin.Replicas!.Me is null) return;
        admin.Own.Add(leaf);
        admin.Replicas.AppendOwn(leaf);
    }

    private Moment Now(SimAdmin admin) => Founders.At(_now + 1_000, admin.Skew - 1_000 + 2 * Skew);

    private void Drain(SimAdmin admin)
    {
        var machine = admin.Machine!;
        while (machine.TryTake(out var happened)) Handle(admin, happened);
        while (machine.Witness.TryTake(out var proof))
        {
            Convictions.Add(proof);
            if (_convicts) Log(admin, proof.Write());
        }

        var wake = machine.NextWakeup.Micros / 1e6 - 1_000;
        if (admin.Wake <= _now || wake < admin.Wake)
        {
            admin.Wake = Math.Max(wake, _now + 1e-3);
            var life = admin.Life;
            At(admin.Wake, () => Feed(admin, life, m => m.Tick(Now(admin))));
        }
    }

    private void Feed(SimAdmin admin, int life, Action<Agreement> command)
    {
        if (admin.Machine is null || admin.Life != life) return;
        command(admin.Machine);
        Drain(admin);
    }

    private void Handle(SimAdmin admin, AgreementEvent happened)
    {
        var life = admin.Life;
        switch (happened)
        {
            case AgreementEvent.Store(var number, var votes):
                admin.DiskBusy = Math.Max(admin.DiskBusy, _now + 0.05 * _random.NextDouble()); // in order
                At(admin.DiskBusy, () => Feed(admin, life, m =>
                {
                    admin.Votes = votes;
                    m.Stored(Now(admin), number);
                }));
                break;
            case AgreementEvent.Send(var member, var batch):
                Overhear(batch);
                var to = Array.FindIndex(_admins, a => a.Keys.Exists(key => key.Public == member.Key));
                if (!_hostile.Contains(to)) Deliver(admin.Place, to, batch);
                break;
            case AgreementEvent.LeavesWanted(var member, var head):
                Serve(admin, member, head);
                break;
            case AgreementEvent.CertificateWanted(var height):
                if (Certificates.TryGetValue(height, out var wanted)) Hand(admin, wanted);
                break;
            case AgreementEvent.Certified(var certificate, var leaves):
                Check(certificate.Header);
                if (Certificates.TryAdd(certificate.Header.Height, certificate) && certificate.Next is { } next) _epochs.Add(certificate.Header.Height + 1, next);
                admin.Certified = Math.Max(admin.Certified, certificate.Header.Height);
                admin.Disk.Add((certificate, leaves));
                Vote(admin);
                break;
            case AgreementEvent.FoldDiffers:
                Outcome ??= "fold differs";
                break;
            case AgreementEvent.DoubleMessage(var first, var second):
                if (IsHostile(first.Signer)) HostileDoubles++;
                else HonestDoubles++;
                break;
        }
    }

    private void Check(Header header)
    {
        if (!_attested.TryAdd(header.Height, header) && _attested[header.Height] != header) Outcome ??= $"split at {header.Height}";
        if (_attested.TryGetValue(header.Height - 1, out var before) && before.Tick >= header.Tick) Outcome ??= "label went back";
    }

    private void Deliver(int from, int to, byte[] batch)
    {
        var admin = _admins[to];
        At(_now + Delay(), () =>
        {
            if (admin.Machine is null) return;
            Feed(admin, admin.Life, m =>
            {
                m.Receive(Now(admin), batch, out var height);
                if (height < m.Height && Certificates.TryGetValue(height, out var lacking) && !_hostile.Contains(from))
                    Hand(_admins[from], lacking);
            });
        });
    }

    private void Hand(SimAdmin admin, TickCertificate certificate)
    {
        var members = _epochs.At(certificate.Header.Height)!;
        var file = certificate.Write(members);
        At(_now + Delay(), () =>
        {
            if (!TickCertificate.TryRead(file, members, out var read)) throw new InvalidDataException();
            Feed(admin, admin.Life, m => m.Accept(Now(admin), read));
        });
    }

    /// <summary>Any honest holder serves any branch.</summary>
    private void Serve(SimAdmin admin, RoutingId member, LogHead head)
    {
        var life = admin.Life;
        if (!admin.Asked.Add((life, member, head))) return;
        At(_now + Delay() + Delay(), () =>
        {
            admin.Asked.Remove((life, member, head));
            Feed(admin, life, m =>
            {
                var from = admin.Replicas!.CertifiedSize(member);
                foreach (var holder in Honest.Where(h => h.Machine is not null && h != admin))
                {
                    var leaves = holder.LeavesOf(member, from, head);
                    if (leaves is not null && admin.Replicas.Add(member, head, leaves)) break;
                }

                m.LeavesHeld(Now(admin));
            });
        });
    }

    internal sealed class SimAdmin(int place, double skew, SigningKey key)
    {
        public List<SigningKey> Keys { get; } = [key];
        public HashFold? Fold { get; set; }
        public Dictionary<Hawser.Wire.Bytes32, uint> Voted { get; } = [];

        public int Place { get; } = place;
        public double Skew { get; } = skew;
        public Agreement? Machine { get; set; }
        public Replicas? Replicas { get; set; }
        public int Life { get; set; }
        public double Wake { get; set; }
        public double DiskBusy { get; set; }
        public byte[] Votes { get; set; } = [];
        public List<byte[]> Own { get; } = [];
        public List<(TickCertificate Certificate, CertifiedLeaves Leaves)> Disk { get; } = [];
        public HashSet<(int, RoutingId, LogHead)> Asked { get; } = [];
        public uint Certified { get; set; }

        /// <summary>The leaves from an index up to a head that is certified or held here.</summary>
        public List<byte[]>? LeavesOf(RoutingId id, ulong from, LogHead head)
        {
            var certified = Disk.SelectMany(d => d.Leaves.Logs).Where(l => l.Member == id).SelectMany(l => l.Leaves);
            var beyond = head.Size > Replicas!.CertifiedSize(id) ? Replicas.Between(id, head) : [];
            if (beyond is null) return null;
            var all = certified.Select(l => l.ToArray()).Concat(beyond).ToList();
            return (ulong)all.Count < head.Size || from > head.Size ? null : all[(int)from..(int)head.Size];
        }
    }
}
