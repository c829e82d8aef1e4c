using Hawser.Hub;
using Xunit;

namespace Hawser.Tests.Hub;

public class LineRoomTests
{
    [Fact]
    public void A_host_has_so_many_lines_whatever_its_ports_and_another_has_its_own()
    {
        var room = new LineRoom();
        for (var i = 0; i < LineRoom.MaxOfHost; i++) Assert.True(room.TryEnter(At(1, i)));
        Assert.False(room.TryEnter(At(1, 9_999)));
        Assert.True(room.TryEnter(At(2, 1)));
        room.Leave(At(1, 3));
        Assert.True(room.TryEnter(At(1, 9_999)));
        Assert.False(room.TryEnter(At(1, 10_000)));
    }

    [Fact]
    public void The_hub_has_so_many_whoever_they_are_of()
    {
        var room = new LineRoom();
        for (var i = 0; i < LineRoom.MaxLines; i++) Assert.True(room.TryEnter(At(i, 1)));
        Assert.False(room.TryEnter(At(LineRoom.MaxLines, 1)));
        room.Leave(At(0, 1));
        Assert.True(room.TryEnter(At(LineRoom.MaxLines, 1)));
    }

    [Fact]
    public void A_network_of_one_customer_is_one_host()
    {
        var room = new LineRoom();
        for (var i = 0; i < LineRoom.MaxOfHost; i++) Assert.True(room.TryEnter(Of($"[2001:db8::{i + 1:x}]:1")));
        Assert.False(room.TryEnter(Of("[2001:db8::ffff]:1")));
        Assert.True(room.TryEnter(Of("[2001:db8:0:1::1]:1")));
    }

    private static HostPort At(int host, int port) => HostPort.Read([11, (byte)(host >> 16), (byte)((host >> 8) & 255), (byte)(host & 255)], (ushort)port);

    private static HostPort Of(string text) => HostPort.TryParse(text, out var at) ? at : throw new FormatException(text);
}
