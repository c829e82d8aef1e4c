using Hawser.Crypto;
using Hawser.Rendezvous;
using Hawser.Tests.Sim;
using Hawser.Wire;

namespace Hawser.Tests.Rendezvous;

/// <summary>A hub and its nodes, on lines that carry at once; time passes only when told.</summary>
internal sealed class SwitchboardWorld
{
    public static readonly Bytes32 Genesis = Sha256.Hash("genesis"u8);

    private readonly List<Member> _members = [];
    private ulong _lines;

    /// <param name="seed">Another, another world.</param>
    /// <param name="prover">Makes the hub ask for proofs of address.</param>
    public SwitchboardWorld(ulong seed = 1, LineProver? prover = null)
    {
        Random = new(seed);
        HubKey = DhKeyPair.Generate(Random).Public;
        Relay = new(Random, new());
        Hub = new(Genesis, HubKey, Random, Relay, prover);
    }

    public SimRandom Random { get; }

    public DhPublicKey HubKey { get; }

    public Switchboard Hub { get; }

    public Relay Relay { get; }

    public Moment Now { get; private set; } = new(new(0), DateTimeOffset.UnixEpoch + TimeSpan.FromDays(20_000));

    /// <summary>Every frame between hub and nodes: what a wire-tapping hub has.</summary>
    public List<(LineId Line, bool ToHub, byte[] Frame)> Tapped { get; } = [];

    /// <summary>Frames for which this is false do not arrive.</summary>
    public Func<LineId, bool, byte[], bool> Passes { get; set; } = (_, _, _) => true;

    /// <summary>Whether the hub knows a sign-on key.</summary>
    public Func<VerifyKey, bool> SignedOn { get; set; } = _ => true;

    public Member Join(string address, ulong boot = 1, DhKeyPair? key = null, bool guest = false, DhKeyPair? claimed = null, SigningKey? addressKey = null)
    {
        key ??= DhKeyPair.Generate(Random);
        var binding = default(Bytes32);
        Random.Fill(binding);
        var setup = new LineSetup
        {
            Identity = new(Genesis, HubKey, (claimed ?? key).Public, binding),
            ChannelKey = key,
            SignOn = guest ? null : SigningKey.Generate(Random),
            Boot = boot,
            AddressKey = addressKey,
        };
        var member = new Member(new(++_lines), key, PunchPair.At(address), new(Now, setup, new(Now), Random), setup);
        _members.Add(member);
        Hub.Opened(Now, member.Line, key.Public, member.Address, binding);
        Settle();
        return member;
    }

    /// <summary>Carries frames until there are no more.</summary>
    public void Settle()
    {
        var buffer = new byte[LineMessage.MaxSize];
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var member in _members)
            {
                while (member.Client.TryTransmit(buffer, out var length))
                {
                    moved = true;
                    if (Carry(member.Line, true, buffer[..length])) Hub.Receive(Now, member.Line, buffer.AsSpan(0, length));
                }
            }

            while (Hub.TryTake(out var happened))
            {
                moved = true;
                if (happened is SwitchboardEvent.SignOnWanted wanted) Hub.Admit(Now, wanted.Line, SignedOn(wanted.SignOn));
            }

            while (Hub.TryTransmit(buffer, out var line, out var sent))
            {
                moved = true;
                var member = _members.Single(m => m.Line == line);
                if (Carry(line, false, buffer[..sent])) member.Client.Receive(Now, buffer.AsSpan(0, sent));
            }

            foreach (var member in _members) member.Drain(Now);
        }
    }

    public void Advance(TimeSpan duration)
    {
        var end = Now.Mono + duration;
        while (true)
        {
            Settle();
            var next = Instant.Earlier(end, Hub.NextWakeup);
            foreach (var member in _members) next = Instant.Earlier(next, member.Client.NextWakeup);
            Now = new(next, Now.Utc + (next - Now.Mono));
            Hub.Tick(Now);
            foreach (var member in _members) member.Client.Tick(Now);
            if (next == end) break;
        }

        Settle();
    }

    private bool Carry(LineId line, bool toHub, byte[] frame)
    {
        Tapped.Add((line, toHub, frame));
        return Passes(line, toHub, frame);
    }

    internal sealed class Member(LineId line, DhKeyPair key, HostPort address, LineClient client, LineSetup setup)
    {
        public LineId Line => line;

        public DhKeyPair Key => key;

        public HostPort Address => address;

        public LineClient Client => client;

        public LineSetup Setup => setup;

        public List<LineEvent> Heard { get; } = [];

        /// <summary>Who may be told where this node is. Nobody, if not set.</summary>
        public Func<LineEvent.Asked, bool> Policy { get; set; } = _ => false;

        public bool WantsRelay { get; set; } = true;

        public Introduction? Introduced => Heard.OfType<LineEvent.Ready>().LastOrDefault()?.Introduction;

        public void Drain(Moment now)
        {
            while (client.TryTake(out var happened))
            {
                Heard.Add(happened);
                if (happened is not LineEvent.Asked asked) continue;
                if (Policy(asked)) client.Allow(now, asked.Number, [address], WantsRelay);
                else client.Deny(now, asked.Number);
            }
        }

        public ulong Ask(Moment now, DhPublicKey target, byte[]? ticket = null, bool relay = true) =>
            client.Ask(now, new() { Target = target, Candidates = [address], Ticket = ticket ?? [], Relay = relay });
    }
}
