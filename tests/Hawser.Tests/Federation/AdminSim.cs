using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tests.Sim;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>Whole admins over a network of requests and answers, each with a store that outlives it.</summary>
internal sealed class AdminSim
{
    private readonly PriorityQueue<Action, (double At, long Order)> _queue = new();
    private readonly Func<int, Genesis, IRegistryFold> _fold;
    private readonly Dictionary<long, Action<AdminStatus, byte[]>> _asked = [];
    private long _order, _lastAsk;

    public AdminSim(int count, ulong seed = 1, Func<int, Genesis, IRegistryFold>? fold = null)
    {
        (Founders, Random) = (new(count), new(seed));
        _fold = fold ?? ((_, genesis) => new Registry(genesis));
        Hubs = [.. Enumerable.Range(0, count).Select(i => new Hub(i, Founders.Keys[i]))];
        foreach (var hub in Hubs) Start(hub);
    }

    public Founders Founders { get; }
    public Genesis Genesis => Founders.Genesis;
    public SimRandom Random { get; }
    public Hub[] Hubs { get; private set; }
    public double Now { get; private set; }

    public static void Stop(Hub hub) => (hub.Machine, hub.Life) = (null, hub.Life + 1);

    public void Start(Hub hub)
    {
        hub.Fold = _fold(hub.Place, Genesis);
        hub.Machine = new(Moment, Genesis, hub.Keys, hub.Fold, Random, hub.Store);
        hub.Wake = 0;
        Drain(hub);
    }

    /// <summary>Runs until this holds; false after so many seconds.</summary>
    public bool Until(Func<bool> holds, double seconds = 60)
    {
        var limit = Now + seconds;
        while (!holds())
        {
            if (!_queue.TryDequeue(out var happening, out var when) || when.At > limit) return false;
            Now = when.At;
            happening();
        }

        return true;
    }

    /// <summary>Asks a hub as a client would, and waits for the answer.</summary>
    public (AdminStatus Status, byte[] Body) Ask(int hub, AdminVerb verb, byte[] body)
    {
        (AdminStatus, byte[])? answer = null;
        Ask(Hubs[hub], verb, body, (status, bytes) => answer = (status, bytes));
        return Until(() => answer is not null) ? answer!.Value : throw new TimeoutException($"{verb}");
    }

    private void Ask(Hub hub, AdminVerb verb, byte[] body, Action<AdminStatus, byte[]> then)
    {
        if (hub.Machine is null) return;
        _asked.Add(++_lastAsk, then);
        hub.Machine.Ask(Moment, _lastAsk, verb, HostPort.Read([198, 51, 100, 7], 9), body);
        Drain(hub);
    }

    private Moment Moment => Founders.At(Now);

    private void At(double time, Action happening) => _queue.Enqueue(happening, (time, _order++));

    private double Delay() => 0.005 + 0.05 * Random.NextDouble();

    private void Feed(Hub hub, int life, Action<AdminMachine> command)
    {
        if (hub.Machine is null || hub.Life != life) return;
        command(hub.Machine);
        Drain(hub);
    }

    private void Drain(Hub hub)
    {
        while (hub.Machine!.TryTake(out var happened)) Handle(hub, happened);
        var wake = hub.Machine.NextWakeup.Micros / 1e6;
        if (hub.Wake > Now && hub.Wake <= wake) return;
        hub.Wake = Math.Max(wake, Now + 1e-3);
        var life = hub.Life;
        At(hub.Wake, () => Feed(hub, life, m => m.Tick(Moment)));
    }

    private void Handle(Hub hub, AdminEvent happened)
    {
        var life = hub.Life;
        switch (happened)
        {
            case AdminEvent.Answer(var number, var status, var body):
                if (!_asked.Remove(number, out var then)) throw new InvalidOperationException("answered twice");
                then(status, body);
                break;
            case AdminEvent.Promised(var number, var promise):
                if (!_asked.Remove(number, out var promised)) throw new InvalidOperationException("answered twice");
                promised(AdminStatus.Ok, promise.Sign());
                break;
            case AdminEvent.Fetch(var number, var member, var verb, var body):
                At(Now + Delay(), () => Ask(Of(member), verb, body, (status, bytes) =>
                    At(Now + Delay(), () => Feed(hub, life, m => m.Fetched(Moment, number, status, bytes)))));
                At(Now + 2, () => Feed(hub, life, m => m.Fetched(Moment, number, null, [])));
                break;
            case AdminEvent.Store(var number, var record):
                hub.Disk = Math.Max(hub.Disk, Now + 0.004);
                At(hub.Disk, () => Feed(hub, life, m =>
                {
                    hub.Store.Write(record);
                    m.Stored(Moment, number);
                }));
                break;
            case AdminEvent.Certified(var certificate, _):
                hub.Certificates[certificate.Header.Height] = certificate;
                break;
            case AdminEvent.FoldDiffers:
                hub.Alarms++;
                break;
            case AdminEvent.DoubleMessage:
                hub.Doubles++;
                break;
            case AdminEvent.Convicted(var proof):
                hub.Convictions.Add(proof);
                break;
        }
    }

    private Hub Of(Member member) => Hubs.First(hub => hub.Keys.Exists(key => key.Public == member.Key));

    /// <summary>A hub that is no member yet: it follows.</summary>
    public Hub Add(SigningKey key)
    {
        var hub = new Hub(Hubs.Length, key);
        Hubs = [.. Hubs, hub];
        Start(hub);
        return hub;
    }

    internal sealed class Hub(int place, SigningKey key)
    {
        public List<SigningKey> Keys { get; } = [key];
        public List<FraudProof> Convictions { get; } = [];

        public int Place { get; } = place;
        public AdminMachine? Machine { get; set; }
        public IRegistryFold? Fold { get; set; }
        public AdminStore Store { get; set; } = new();
        public Dictionary<uint, TickCertificate> Certificates { get; } = [];
        public int Life { get; set; }
        public int Alarms { get; set; }
        public int Doubles { get; set; }
        public double Wake { get; set; }
        public double Disk { get; set; }
        public Registry Registry => (Registry)Fold!;
    }

    internal sealed class AdminStore : IAdminReader
    {
        private readonly Dictionary<uint, byte[]> _certificates = [];
        private readonly Dictionary<(RoutingId, ulong), byte[]> _leaves = [];
        private readonly Dictionary<RoutingTick, int> _tickets = [];
        private readonly Dictionary<Bytes32, (uint Due, byte[] Reveal)> _entrusted = [];

        private readonly Dictionary<Bytes32, (uint Kept, byte[] Text)> _shares = [];

        public byte[] Votes { get; private set; } = [];
        public ulong LeavesOf(RoutingId admin) => _leaves.Keys.Where(key => key.Item1 == admin).Select(key => key.Item2 + 1).DefaultIfEmpty().Max();

        /// <summary>As in a store that was put back from a backup.</summary>
        public uint SilentThrough { get; set; }

        public IReadOnlyList<(Bytes32 Claim, uint Due, byte[] Reveal)> Entrusted => [.. _entrusted.Select(one => (one.Key, one.Value.Due, one.Value.Reveal))];

        public IReadOnlyList<(Bytes32 Claim, uint Kept, byte[] Text)> Shares => [.. _shares.Select(one => (one.Key, one.Value.Kept, one.Value.Text))];

        public AdminStore Copy()
        {
            var copy = new AdminStore();
            foreach (var (height, file) in _certificates) copy._certificates.Add(height, file);
            foreach (var (place, leaf) in _leaves) copy._leaves.Add(place, leaf);
            return copy;
        }

        public byte[]? Certificate(uint height) => _certificates.GetValueOrDefault(height);
        public byte[]? Leaf(RoutingId member, ulong index) => _leaves.GetValueOrDefault((member, index));
        public int Tickets(RoutingTick timestamp) => _tickets.GetValueOrDefault(timestamp);

        public void Write(AdminRecord record)
        {
            switch (record)
            {
                case AdminRecord.Votes(var bytes): Votes = bytes; break;
                case AdminRecord.Share(var claim, var kept, var share): _shares[claim] = (kept, share); break;
                case AdminRecord.Entrusted(var claim, var due, var reveal): _entrusted[claim] = (due, reveal); break;
                case AdminRecord.OwnLeaf(var admin, var index, var leaf):
                    _leaves[(admin, index)] = leaf;
                    break;
                case AdminRecord.Tickets(var timestamp, var issued): _tickets[timestamp] = issued; break;
                case AdminRecord.Certificate(var height, var file, var leaves):
                    _certificates[height] = file;
                    foreach (var log in leaves.Logs)
                        for (var i = 0; i < log.Leaves.Count; i++) _leaves[(log.Member, log.FirstIndex + (ulong)i)] = log.Leaves[i].ToArray();
                    break;
            }
        }
    }
}
