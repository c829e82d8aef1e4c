using System.Net.Sockets;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net;
using Hawser.Net.Hosting;
using Hawser.Node;
using Hawser.Session;
using Hawser.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>
/// A real node that is shown tickets which are worth nothing, over both carriers: no byte comes back over TCP, no connection
/// over datagrams; its owner has a line and a count; and no key, token or address is in what is logged above Debug.
/// </summary>
public sealed class VoidTicketTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));
    private readonly TempHome _home = new(), _stranger = new();
    private readonly CapturedLog _log = new();

    public void Dispose()
    {
        _home.Dispose();
        _stranger.Dispose();
        _patience.Dispose();
    }

    public enum Fault { Invalid, Expired, Used, Revoked, WrongPurpose, WrongPerson, AfterRestore }

    [Theory]
    [InlineData(Fault.Invalid, "Unknown")]
    [InlineData(Fault.Expired, "Expired")]
    [InlineData(Fault.Used, "shown by a second key")]
    [InlineData(Fault.Revoked, "Unknown")]
    [InlineData(Fault.WrongPurpose, "WrongPurpose")]
    [InlineData(Fault.WrongPerson, "WrongPerson")]
    [InlineData(Fault.AfterRestore, "Unknown")]
    public async Task A_ticket_that_is(Fault fault, string said)
    {
        await using var host = await NodeHost.StartAsync(new() { Home = _home.Home, Log = _log }, _patience.Token);
        var (ticket, shown) = Give(host, fault);
        var own = DhKeyPair.Generate(SystemEntropy.Shared);

        // By TCP: the bytes themselves.
        var letter = InitiatorExchange.WithTicket(SystemEntropy.Shared, own, ticket.Host, StreamPrologue.Of((byte)'I', default, default), shown.Write())!;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", host.Online.TcpPort!.Value, _patience.Token);
        byte[] frame = [0, 0, 0, 0, (byte)'I', .. letter.First];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame, 1 + letter.First.Length);
        await socket.SendAsync(frame, _patience.Token);
        Assert.Equal(0, await socket.ReceiveAsync(new byte[100], _patience.Token)); // FIN, and nothing before it
        var counted = Assert.Single(ReachVerbs.Status(host).Silenced!);
        Assert.Equal(("refused", 1), (counted.Name, counted.Count));
        Assert.Contains(_log.Lines, line => line.Text.Contains("its invitation is void", StringComparison.Ordinal));

        // By datagrams: a node that tries for a while.
        await using (var stranger = await NodeHost.StartAsync(new() { Home = _stranger.Home }, _patience.Token))
        {
            using var soon = new CancellationTokenSource(Soon);
            var target = new DialTarget { Key = ticket.Host, Ticket = shown.Write(), Addresses = [HostPort.Read([127, 0, 0, 1], host.Online.Local.Port)] };
            await Assert.ThrowsAnyAsync<Exception>(() => stranger.Online.ConnectAsync(target, null, soon.Token));
            Assert.Empty(stranger.Online.Peers.All);
            Assert.Empty(host.Online.Peers.All);
            Assert.Contains(_log.Lines, line => line.Level > LogLevel.Debug && line.Text.Contains(said, StringComparison.Ordinal));
            _log.KeepsSecret(stranger.Relations.Site.ToString(), stranger.Online.Local.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.Empty(host.Store.Contacts());
        _log.KeepsSecret(own.Public.ToString(), host.Relations.Site.ToString(), shown.Token.ToString(), ticket.TokenHash.ToString(), "127.0.0.1", "mallory");
    }

    private static (Ticket, TicketShown) Give(NodeHost host, Fault fault)
    {
        var token = Token16.Read(Enumerable.Range(1, 16).Select(i => (byte)(i * 7)).ToArray());
        var ticket = new Ticket { Host = host.Relations.Site, Token = token, Expires = DateTimeOffset.UtcNow + TimeSpan.FromHours(1) };
        var somebody = DhKeyPair.Generate(SystemEntropy.Shared).Public;
        if (fault is not Fault.Invalid)
        {
            var stored = host.Store.AddTicket(ticket.TokenHash, "", null, fault is Fault.Expired ? DateTimeOffset.UtcNow - TimeSpan.FromSeconds(9) : ticket.Expires,
                files: fault is Fault.WrongPurpose ? ["x"] : null, only: fault is Fault.WrongPerson ? somebody : null);
            if (fault is Fault.Used) Assert.True(host.Store.RedeemTicket(ticket.TokenHash, somebody, DateTimeOffset.UtcNow));
            if (fault is Fault.Revoked) host.Store.EndTicket(stored.Number);
            if (fault is Fault.AfterRestore) BumpGeneration(host);
        }

        return (ticket, new() { Token = token, Name = "mallory" });
    }

    // As hawser restore does it.
    private static void BumpGeneration(NodeHost host)
    {
        using var database = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = host.Home.NodeDatabase, Pooling = false }.ToString());
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "UPDATE ticket SET generation = generation - 1";
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
