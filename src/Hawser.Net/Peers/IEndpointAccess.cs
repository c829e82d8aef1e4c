using Hawser.Net.Pump;
using Hawser.Transport;

namespace Hawser.Net.Peers;

/// <summary>The way to the channels that a pump drives, be they the whole machine or a part of one.</summary>
internal interface IEndpointAccess
{
    /// <summary>Runs a command on the channels, under the pump's lock. A static lambda costs no allocation.</summary>
    void Feed<T>(T argument, Action<IChannels, Moment, T> command)
        where T : allows ref struct;
}

/// <summary>Reaches the channels inside a machine.</summary>
internal sealed class EndpointAccess<TMachine, TEvent>(
    MachinePump<TMachine, TEvent> pump, Func<TMachine, IChannels> channels) : IEndpointAccess
    where TMachine : class, IDatagramMachine, IMachine<TEvent>
    where TEvent : class
{
    public void Feed<T>(T argument, Action<IChannels, Moment, T> command)
        where T : allows ref struct =>
        pump.Feed(new Call<T>(channels, argument, command), static (machine, now, call) =>
            call.Command(call.Channels(machine), now, call.Argument));

    private readonly ref struct Call<T>(
        Func<TMachine, IChannels> channels, T argument, Action<IChannels, Moment, T> command)
        where T : allows ref struct
    {
        public readonly Func<TMachine, IChannels> Channels = channels;
        public readonly T Argument = argument;
        public readonly Action<IChannels, Moment, T> Command = command;
    }
}
