using Hawser.Proof;
using Hawser.Tests.Sim;
using Xunit;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>Surveys through every kind of NAT of RFC 4787, in virtual time.</summary>
public class NatSurveyTests
{
    private static readonly HostPort Outside = At("203.0.113.7:0"), Inside = At("10.0.0.2:0");

    public static TheoryData<string, string, string, bool> Kinds()
    {
        var data = new TheoryData<string, string, string, bool>();
        foreach (var mapping in (NatMapping[])[NatMapping.EndpointIndependent, NatMapping.AddressDependent, NatMapping.AddressAndPortDependent])
            foreach (var filtering in (NatFiltering[])[NatFiltering.EndpointIndependent, NatFiltering.AddressDependent, NatFiltering.AddressAndPortDependent])
                foreach (var ports in (NatPorts[])[NatPorts.Preserved, NatPorts.Sequential, NatPorts.Random])
                    if (ports is not NatPorts.Preserved || mapping is NatMapping.EndpointIndependent) data.Add($"{mapping}", $"{filtering}", $"{ports}", filtering is not NatFiltering.AddressDependent);
        return data;
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Finds_out_what_the_nat_does(string mapping, string filtering, string ports, bool hairpin)
    {
        var nat = new Nat(Enum.Parse<NatMapping>(mapping), Enum.Parse<NatFiltering>(filtering), Enum.Parse<NatPorts>(ports), hairpin, TimeSpan.FromSeconds(40));
        var report = nat.Survey(lifetimes: [10, 20, 30, 60, 90]);
        Assert.Equal(mapping, $"{report.Mapping}");
        Assert.Equal(filtering, $"{report.Filtering}");
        Assert.Equal(ports, $"{report.Ports}");
        Assert.Equal(hairpin, report.Hairpin);
        Assert.Equal(TimeSpan.FromSeconds(30), report.LivesAtLeast);
        Assert.Equal(TimeSpan.FromSeconds(60), report.DiedBefore);
    }

    [Fact]
    public void Sees_that_there_is_no_nat()
    {
        var report = new Nat(NatMapping.NoNat, NatFiltering.EndpointIndependent, NatPorts.Preserved, true, TimeSpan.FromHours(1)).Survey([5]);
        Assert.Equal(NatMapping.NoNat, report.Mapping);
        Assert.Equal(TimeSpan.FromSeconds(5), report.LivesAtLeast);
        Assert.Null(report.DiedBefore);
    }

    [Fact]
    public void A_server_that_is_silent_leaves_all_unknown()
    {
        var nat = new Nat(NatMapping.EndpointIndependent, NatFiltering.EndpointIndependent, NatPorts.Preserved, true, TimeSpan.FromHours(1)) { Answers = false };
        Assert.Equal(new(null, NatMapping.Unknown, NatFiltering.Unknown, NatPorts.Unknown, null, null, null), nat.Survey([5]));
    }

    [Fact]
    public void Without_a_second_address_the_mapping_is_compared_at_another_server()
    {
        var nat = new Nat(NatMapping.AddressAndPortDependent, NatFiltering.AddressAndPortDependent, NatPorts.Random, false, TimeSpan.FromHours(1)) { OneAddress = true };
        var report = nat.Survey([]);
        Assert.Equal(NatMapping.AddressAndPortDependent, report.Mapping);
        Assert.Equal(NatFiltering.Unknown, report.Filtering); // it cannot be told from a server that has no such place
    }

    /// <summary>A NAT with one machine behind it, and two STUN servers before it.</summary>
    private sealed class Nat(NatMapping mapping, NatFiltering filtering, NatPorts ports, bool hairpin, TimeSpan life)
    {
        private readonly SimRandom _random = new(7);
        private readonly Dictionary<(int Socket, HostPort For), Hole> _holes = [];
        private readonly ushort[] _inside = [.. Enumerable.Range(40_000, 20).Select(port => (ushort)port)];
        private ushort _next = 50_000;

        public bool Answers { get; init; } = true;

        public bool OneAddress { get; init; }

        public NatReport Survey(int[] lifetimes)
        {
            var now = new Moment(new(0), DateTimeOffset.UnixEpoch);
            var server = OneAddress ? new StunServer(_random, At("192.0.2.1:3478"), perSecond: 1_000_000) : Server();
            var second = new StunServer(_random, At("198.51.100.1:3478"), perSecond: 1_000_000);
            var survey = new NatSurvey(now, _random, new()
            {
                Server = At("192.0.2.1:3478"), Second = At("198.51.100.1:3478"), Own = [Inside.Address],
                Ports = _inside[..NatSurveySetup.SocketsFor(lifetimes.Length)], Lifetimes = [.. lifetimes.Select(s => TimeSpan.FromSeconds(s))],
            });
            var buffer = new byte[StunMessage.MaxSize];
            var answer = new byte[StunMessage.MaxSize];
            for (var steps = 0; survey.Report is null; steps++)
            {
                Assert.True(steps < 10_000, "it does not end");
                survey.Tick(now);
                while (survey.TryTransmit(now, buffer, out var socket, out var to, out var length))
                {
                    var from = Out(now.Mono, socket, to);
                    if (to.Address == Outside.Address || to.Address == Inside.Address)
                    {
                        if (hairpin) In(now, survey, from, to, buffer[..length]);
                        continue;
                    }

                    var here = to.Address == At("198.51.100.1:0").Address ? second : server;
                    var place = new StunPlace(to.Address == At("192.0.2.2:0").Address, to.Port == 3_479);
                    if (Answers && here.TryAnswer(now.Mono, from, place, buffer.AsSpan(0, length), answer, out var reply))
                        In(now, survey, here.AddressOf(reply.From), reply.To, answer[..reply.Length]);
                }

                if (survey.Report is null) now = now with { Mono = survey.NextWakeup };
            }

            return survey.Report;
        }

        private HostPort Out(Instant now, int socket, HostPort to)
        {
            if (mapping is NatMapping.NoNat) return Inside with { Port = _inside[socket] };
            var key = mapping switch
            {
                NatMapping.EndpointIndependent => default,
                NatMapping.AddressDependent => to with { Port = 0 },
                NatMapping.AddressAndPortDependent => to,
                NatMapping.Unknown or NatMapping.NoNat => throw new InvalidOperationException(),
                _ => throw new InvalidOperationException(),
            };
            if (!_holes.TryGetValue((socket, key), out var hole) || now - hole.Used > life)
            {
                _holes[(socket, key)] = hole = new(ports switch
                {
                    NatPorts.Preserved => _inside[socket],
                    NatPorts.Sequential => _next++,
                    NatPorts.Random or NatPorts.Unknown => (ushort)(1_024 + _random.Next(60_000)),
                    _ => throw new InvalidOperationException(),
                });
            }

            hole.Used = now;
            hole.Sent.Add(to);
            return Outside with { Port = hole.Port };
        }

        private void In(Moment now, NatSurvey survey, HostPort from, HostPort to, byte[] datagram)
        {
            if (mapping is NatMapping.NoNat)
            {
                survey.Receive(now, Array.IndexOf(_inside, to.Port), from, datagram);
                return;
            }

            foreach (var ((socket, _), hole) in _holes)
            {
                if (hole.Port != to.Port || now.Mono - hole.Used > life) continue;
                var lets = from.Address == Outside.Address || filtering switch
                {
                    NatFiltering.EndpointIndependent => true,
                    NatFiltering.AddressDependent => hole.Sent.Any(sent => sent.Address == from.Address),
                    NatFiltering.AddressAndPortDependent => hole.Sent.Contains(from),
                    NatFiltering.Unknown => false,
                    _ => throw new InvalidOperationException(),
                };
                if (lets) survey.Receive(now, socket, from, datagram);
                return;
            }
        }

        private sealed class Hole(ushort port)
        {
            public ushort Port => port;

            public Instant Used { get; set; }

            public HashSet<HostPort> Sent { get; } = [];
        }
    }
}
