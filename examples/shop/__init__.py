"""A small shop of three services, made observable by one line each: shop calls orders, orders calls payments.

`otel-kit demo` runs it. The services are ordinary FastAPI applications; `traffic` plays their customers and `planted`
lists the made-up personal data and secrets that those customers leave where such data turns up in life.

By hand, in this folder's parent, with `otel-kit view` in another terminal:

    uvicorn shop.payments:app --port 8002 &
    uvicorn shop.orders:app --port 8001 &
    uvicorn shop.shop:app --port 8000
"""
