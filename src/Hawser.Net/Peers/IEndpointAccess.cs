using Hawser.Net.Pump;
using Hawser.Transport;

namespace Hawser.Net.Peers;

/// <summary>The way to an endpoint that a pump drives, be it the whole machine or a part of one.</summary>
internal interface IEndpointAccess
{
    /// <summary>Runs a command on the endpoint, under the pump's lock. A static lambda costs no allocation.</summary>
    void Feed<T>(T argument, Action<Endpoint, Moment, T> command)
        where T : allows ref struct;
}

/// <summary>Reaches the endpoint inside a machine.</summary>
internal sealed class EndpointAccess<TMachine, TEvent>(
    MachinePump<TMachine, TEvent> pump, Func<TMachine, Endpoint> endpoint) : IEndpointAccess
    where TMachine : class, IDatagramMachine, IMachine<TEvent>
    where TEvent : class
{
    public void Feed<T>(T argument, Action<Endpoint, Moment, T> command)
        where T : allows ref struct =>
        pump.Feed(new Call<T>(endpoint, argument, command), static (machine, now, call) =>
            call.Command(call.Endpoint(machine), now, call.Argument));

    private readonly ref struct Call<T>(
        Func<TMachine, Endpoint> endpoint, T argument, Action<Endpoint, Moment, T> command)
        where T : allows ref struct
    {
        public readonly Func<TMachine, Endpoint> Endpoint = endpoint;
        public readonly T Argument = argument;
        public readonly Action<Endpoint, Moment, T> Command = command;
    }
}
